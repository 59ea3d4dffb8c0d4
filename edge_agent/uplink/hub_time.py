"""The hub's time, as this box knows it: an offset from boot time that the hub signed.

Nothing waits on it. It dates message tokens and the check of the hub's certificate, and becomes an
anchor from which the hub re-dates the events of this boot. It ends with the boot.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from contract.envelope import Moment
from contract.jws import BadJws, open_jws
from contract.keys import PublicKey
from contract.payloads.gateway import Anchor
from contract.sync import TIME_TYP, ClockAnswer
from contract.timestamps import parse_rfc3339, rfc3339
from edge_agent.errors import HubUnreachable

_RESOLUTION_MS = 1  # the hub writes milliseconds


@dataclass(frozen=True)
class HubTime:
    """`offset_ns` + boot time = UTC, for `boot_id` only; None until the hub said."""

    boot_id: str = ""
    offset_ns: int | None = None

    def known(self, moment: Moment) -> bool:
        return self.offset_ns is not None and self.boot_id == moment.boot_id

    def utc_ns(self, moment: Moment) -> int:
        """The best UTC for `moment`: the hub's where known, else the box's own."""
        if self.offset_ns is None or self.boot_id != moment.boot_id:
            return moment.utc_ns
        return moment.mono_ns + self.offset_ns


@dataclass(frozen=True)
class Learnt:
    time: HubTime
    offset_ns: int
    anchor: Anchor
    nonce: str


def learn(signed: str, key: PublicKey, asked: Moment, answered: Moment) -> Learnt:
    """The hub's signed time, placed midway between question and answer; the error is half of that.

    Raises HubUnreachable when the signature is not the pinned command key's.
    """
    try:
        _, payload = open_jws(signed, TIME_TYP, lambda _: key)
        answer = msgspec.json.decode(payload, type=ClockAnswer)
        now_ns = parse_rfc3339(answer.now)
    except (BadJws, msgspec.DecodeError, ValueError) as error:
        raise HubUnreachable(
            f"the hub's time is not signed by the command key of this gateway ({error}): "
            "check hub.command_key"
        ) from error
    middle = (asked.mono_ns + answered.mono_ns) // 2
    anchor = Anchor(
        bootid=answered.boot_id,
        monotime=str(middle),
        utc=rfc3339(now_ns),
        err_ms=(answered.mono_ns - asked.mono_ns) // 2_000_000 + _RESOLUTION_MS,
    )
    offset_ns = now_ns - middle
    return Learnt(HubTime(answered.boot_id, offset_ns), offset_ns, anchor, answer.nonce)
