"""The hub's own keys, made once: `receipt` signs chain heads, `command` signs time, commands and
desired state. Lost keys make every receipt worthless, so backups carry them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from contract.keys import PrivateKey, PublicKey
from hub.errors import HubStop

RECEIPT_KID, COMMAND_KID = "hub#receipt", "hub#command"


@dataclass(frozen=True)
class HubKeys:
    receipt: PrivateKey
    command: PrivateKey


def load_or_make_keys(data_dir: Path) -> HubKeys:
    """Below `data_dir`/keys, each 0600, with the public halves beside them."""
    folder = data_dir / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return HubKeys(_one(folder / "receipt.pem"), _one(folder / "command.pem"))


def load_command_key(data_dir: Path) -> PublicKey:
    """The public half that gateways are given. HubStop where no hub has its keys: a mistyped folder
    must not get new keys that no gateway will ever meet."""
    path = data_dir / "keys" / "command.pem"
    if not path.exists():
        raise HubStop(f"no hub has its keys in {data_dir}: edile hub migrate makes them")
    return _one(path).public


def _one(path: Path) -> PrivateKey:
    if path.exists():
        try:
            return PrivateKey.from_pem(path.read_bytes())
        except ValueError as error:
            raise HubStop(
                f"{path} is no signing key ({error}); restore it from a backup"
            ) from error
    key = PrivateKey.generate()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(key.to_pem())
        out.flush()
        os.fsync(out.fileno())
    path.with_suffix(".pub").write_text(key.public.to_pem(), encoding="ascii")
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(folder)
    os.close(folder)
    return key
