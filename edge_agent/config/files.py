"""The files that gw.toml names: are they there, are they what they should be, are they private?"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from contract.keys import PrivateKey, PublicKey
from edge_agent.config.positions import KeyPath
from edge_agent.config.values import Findings

OTHERS = stat.S_IRWXG | stat.S_IRWXO
PRIVATE_PEM = "a private key (PEM, Ed25519 or P-256) made by `edile agent keygen`"
PUBLIC_PEM = "the hub's public key (PEM, Ed25519 or P-256)"


class HubFiles(Protocol):
    """The part of the hub's section that names files."""

    @property
    def command_key(self) -> Path: ...

    @property
    def ca_file(self) -> Path | None: ...


def check_files(
    data_dir: Path | None, key_file: Path | None, hub: HubFiles | None, findings: Findings
) -> None:
    """Adds a mistake for each file or folder that would stop the agent later."""
    if data_dir:
        _folder(data_dir, findings)
    if key_file and _pem(key_file, ("identity", "key_file"), PRIVATE_PEM, _private, findings):
        _private_mode(key_file, findings)
    if hub:
        _pem(hub.command_key, ("hub", "command_key"), PUBLIC_PEM, _public, findings)
        if hub.ca_file:
            _pem(hub.ca_file, ("hub", "ca_file"), "CA certificates (PEM)", _certificates, findings)


def _folder(folder: Path, findings: Findings) -> None:
    """It may be missing, then the nearest folder above it must let us make it."""
    path: KeyPath = ("gateway", "data_dir")
    there = next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))
    if not there.is_dir():
        findings.add(path, "a folder", f"{there}, which is a file")
    elif not os.access(there, os.W_OK | os.X_OK):
        findings.add(path, "a folder this user may write", f"{there}, which refuses")


def _pem(
    file: Path,
    path: KeyPath,
    expected: str,
    parse: Callable[[bytes], object],
    findings: Findings,
) -> bool:
    try:
        parse(file.read_bytes())
    except FileNotFoundError:
        findings.add(path, expected, f"no file {file}")
    except IsADirectoryError:
        findings.add(path, expected, f"the folder {file}")
    except OSError as error:
        findings.add(path, expected, f"{file}, which cannot be read: {error.strerror}")
    except (ValueError, TypeError) as error:
        findings.add(path, expected, f"{file}, which is something else ({_first_line(error)})")
    else:
        return True
    return False


def _private_mode(file: Path, findings: Findings) -> None:
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & OTHERS:
        found = f"mode {mode:04o}; chmod 600 {file}"
        findings.add(("identity", "key_file"), "a key that only its owner can read", found)


def _private(content: bytes) -> object:
    return PrivateKey.from_pem(content)


def _public(content: bytes) -> object:
    return PublicKey.from_pem(content.decode())


def _certificates(content: bytes) -> object:
    if b"-----BEGIN CERTIFICATE-----" not in content:
        raise ValueError("no certificate in it")
    return content


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:80] or type(error).__name__
