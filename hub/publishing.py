"""Publishing desired state: validated, signed, with the slot's next serial."""

from __future__ import annotations

from pathlib import Path

import msgspec

from contract.desired import Desired, sign_desired
from hub.errors import HubStop
from hub.identity import COMMAND_KID, load_or_make_keys
from hub.store import gateways
from hub.store.engine import Database


def publish(database: Database, data_dir: Path, slot: str, content: bytes, now: str) -> int:
    """The serial. HubStop for `content` that is no desired state, or a slot nobody added."""
    try:
        members = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError as error:
        raise HubStop(f"desired state: {error}") from error
    own = sorted({"slot", "serial", "issued"} & set(members))
    if own:
        raise HubStop(f"desired state: leave out {', '.join(own)}; the hub gives them")
    key = load_or_make_keys(data_dir).command
    with database.write() as conn:
        if gateways.slot_district(conn, slot) is None:
            raise HubStop(f"no gateway {slot}; `edile hub key add` makes it")
        serial = gateways.desired_of(conn, slot)[0] + 1
        whole = {**members, **_given(slot, serial, now)}
        try:
            document = msgspec.json.decode(msgspec.json.encode(whole), type=Desired)
        except msgspec.ValidationError as error:
            raise HubStop(f"desired state: {error}") from error
        gateways.put_desired(conn, slot, serial, sign_desired(key, COMMAND_KID, document))
    return serial


def _given(slot: str, serial: int, now: str) -> dict[str, msgspec.Raw]:
    given = {"slot": slot, "serial": serial, "issued": now}
    return {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in given.items()}
