"""When a notice that failed is tried again, and when its recipient is left alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from contract.timestamps import parse_rfc3339, rfc3339
from hub.store.notices import Claimed, Course

_MIN, _H = 60, 3600
DELAYS_S = (5, 5 * _MIN, 30 * _MIN, 2 * _H, 5 * _H, 10 * _H, 14 * _H, 20 * _H, 24 * _H)
"""Between one try and the next: the example of the Standard Webhooks specification 1.0.0. Ten tries in
three days and a little."""
JITTER = 0.2  # of a delay is added at random, so that what failed together does not return together
QUIET_S, MOST_QUIET_S = 5.0, 600.0
"""A recipient that failed is left alone for so long, doubled with each failure in a row."""
MOST_RETRY_AFTER_S = 24 * _H
PATIENCE_S = 5 * 24 * _H  # of nothing but failures; then a person must look


@dataclass(frozen=True, slots=True)
class Failure:
    """`final`: this notice will never be taken. `stop`: its recipient wants none any more, and keeps this
    one for later. `retry_after_s`: how long the peer asked to be left alone."""

    said: str
    final: bool = False
    stop: bool = False
    retry_after_s: float | None = None


def course_of(claimed: Claimed, failure: Failure | None, now_ns: int, draw: float) -> Course:
    """`draw` is uniform in [0, 1)."""
    if failure is None:
        return Course(state="delivered")
    why = _pause_why(claimed, failure, now_ns)
    if failure.final or claimed.attempt > len(DELAYS_S):
        quiet = (
            None if failure.final else _in(now_ns, _quiet_s(claimed.recipient.failures, failure))
        )
        return Course(state="gave-up", quiet_until=quiet, pause_why=why)
    asked_s = min(failure.retry_after_s or 0.0, MOST_RETRY_AFTER_S)
    wait_s = max(DELAYS_S[claimed.attempt - 1] * (1 + JITTER * draw), asked_s)
    return Course(
        state="failed",
        next_try_at=_in(now_ns, wait_s),
        quiet_until=_in(now_ns, _quiet_s(claimed.recipient.failures, failure)),
        pause_why=why,
    )


def _quiet_s(failures: int, failure: Failure) -> float:
    if failure.retry_after_s is not None:
        return min(failure.retry_after_s, MOST_RETRY_AFTER_S)
    return min(QUIET_S * 2.0 ** min(failures, 20), MOST_QUIET_S)


def _pause_why(claimed: Claimed, failure: Failure, now_ns: int) -> str | None:
    if failure.stop:
        return failure.said
    since = claimed.recipient.failing_since
    if since is not None and now_ns - parse_rfc3339(since) > PATIENCE_S * 10**9:
        return f"nothing but failures since {since}, the last: {failure.said}"
    return None


def _in(now_ns: int, seconds: float) -> str:
    return rfc3339(now_ns + int(seconds * 1e9))
