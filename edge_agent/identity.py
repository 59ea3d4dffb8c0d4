"""Who this box is: its key id and the private key in a file that only its owner may read.

The key never leaves the file; the hub learns the public half once. Every mistake with the file is a
StopError of one line that says what to do.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from contract.keys import Alg, PrivateKey, PublicKey
from contract.names import slot_of_kid
from edge_agent.errors import StopError

_MAX_KEY_BYTES = 8_192
_OTHERS = 0o077


@dataclass(frozen=True)
class Identity:
    """`kid` names the box at its slot (`cs-017#3`); the hub finds the public key under it."""

    kid: str
    key: PrivateKey

    @property
    def slot(self) -> str:
        return slot_of_kid(self.kid)


def load_identity(kid: str, key_file: Path) -> Identity:
    """Raises StopError when the file is absent, not a key, or open to others."""
    _checked(kid)
    pem = _read(key_file, f"make one with: edile agent keygen --kid '{kid}' --out {key_file}")
    if key_file.stat().st_mode & _OTHERS:
        raise StopError(f"{key_file}: others may read this private key; run: chmod 600 {key_file}")
    try:
        return Identity(kid, PrivateKey.from_pem(pem))
    except (ValueError, TypeError) as error:
        raise StopError(
            f"{key_file}: not an unencrypted Ed25519 or P-256 private key in PEM ({_first(error)}); "
            "restore the right file or make a new key with: edile agent keygen"
        ) from error


def create_identity(kid: str, key_file: Path, alg: Alg = "EdDSA") -> Identity:
    """A new key in a new file of mode 0600, on disk when this returns. StopError if there is one."""
    _checked(kid)
    key = PrivateKey.generate(alg)
    try:
        handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise StopError(
            f"{key_file}: a key is already there and is never overwritten; name another file"
        ) from error
    except OSError as error:
        raise StopError(f"{key_file}: cannot write the key: {error.strerror}") from error
    with os.fdopen(handle, "wb") as file:
        file.write(key.to_pem())
        file.flush()
        os.fsync(file.fileno())
    return Identity(kid, key)


def load_command_key(path: Path) -> PublicKey:
    """The hub's public command key, pinned at commissioning. Raises StopError."""
    pem = _read(path, "copy it from the hub: edile hub key show")
    try:
        return PublicKey.from_pem(pem.decode())
    except ValueError as error:
        raise StopError(
            f"{path}: not an Ed25519 or P-256 public key in PEM ({_first(error)}); "
            "copy the hub's command key again"
        ) from error


def _checked(kid: str) -> None:
    try:
        slot_of_kid(kid)
    except ValueError as error:
        raise StopError(f"identity.kid: {error}; example: cs-017#1") from error


def _read(path: Path, remedy: str) -> bytes:
    try:
        if path.stat().st_size > _MAX_KEY_BYTES:
            raise StopError(f"{path}: too large for a key file; {remedy}")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise StopError(f"{path}: no such key file; {remedy}") from error
    except IsADirectoryError as error:
        raise StopError(f"{path}: a folder, not a key file; {remedy}") from error
    except OSError as error:
        raise StopError(f"{path}: cannot read the key file: {error.strerror}; {remedy}") from error


def _first(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0].split(" (", 1)[0].rstrip(".") if lines else type(error).__name__
