"""What people ask about orders by command: operations as the desk has them. Each takes plain values and
gives lines for a person with an exit status; HubError says what to mend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from contract.timestamps import rfc3339
from contract.workorder import HandedOver, HandOverEntry
from hub.config import HubConfig
from hub.dispatching.guards import Who
from hub.dispatching.handing_over import hand_over
from hub.errors import HubStop
from hub.store.engine import Database

AT_ONCE = 100
Values = Mapping[str, Any]
Said = tuple[str, int]
Operation = Callable[[Database, HubConfig, Values], Said]


def orders_hand_over(database: Database, config: HubConfig, values: Values) -> Said:
    """`orders`: entries of a list, `by`, `reason`. Status 1 when some were refused. Each hundred in a
    transaction of its own, so that nobody waits for all; what was done stays done, and the list may be
    given again."""
    by, reason = str(values["by"]).strip(), str(values["reason"]).strip()
    if not by or not reason:
        raise HubStop("say who does it (--by) and why (--reason): the audit log keeps both")
    try:
        entries = msgspec.convert(values["orders"], list[HandOverEntry])
    except msgspec.ValidationError as error:
        raise HubStop(f"the list: {error}") from error
    who = Who(f"desk/{by}", "admin")
    done: list[HandedOver] = []
    for begin in range(0, len(entries), AT_ONCE):
        some = entries[begin : begin + AT_ONCE]
        with database.write() as conn:
            at = rfc3339(config.utc_ns())
            done += hand_over(conn, config.district, some, reason=reason, who=who, at=at)
    refused = [one for one in done if one.what == "refused"]
    lines = [f"refused  {one.number or one.order}: {one.why}" for one in refused]
    moved, already = (sum(one.what == what for one in done) for what in ("moved", "already"))
    lines.append(f"{moved} handed over, {already} were there already, {len(refused)} refused")
    return "\n".join(lines), 1 if refused else 0


OPERATIONS: Mapping[str, Operation] = {"orders-hand-over": orders_hand_over}
