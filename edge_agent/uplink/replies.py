"""What the hub's answer to a sync means. Pure: an HTTP answer in, one of a few values out.

Only answers that a hub of ours can have given count; anything else (a captive portal's page, a
proxy's error, half a reply) is HubUnreachable, and everything is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from contract import problem_json
from contract.sync import SyncReply
from edge_agent.errors import HubUnreachable
from edge_agent.ports import HubResponse

_LONGEST_RETRY_AFTER_S = 3_600.0


@dataclass(frozen=True)
class Accepted:
    reply: SyncReply


@dataclass(frozen=True)
class Gap:
    """409: the hub misses something before this batch; `stored` says where it is."""

    stored: dict[str, int]


@dataclass(frozen=True)
class ClockWrong:
    """401: `signed` carries the hub's time."""

    signed: str


@dataclass(frozen=True)
class TooLarge:
    """413: send less at once."""

    detail: str


# By the reason of a refused token (contract.token.Refusal).
_MEND = {
    "audience": "check hub.id in gw.toml, the hub may have another name",
    "unknown-key": "the hub does not know identity.kid: `edile hub key add` there",
    "revoked": "the hub has withdrawn this key: make a new one and add it there",
    "signature": "identity.key_file is not the key that the hub has for identity.kid",
}


@dataclass(frozen=True)
class Refused:
    """A 4xx that a repetition cannot mend: a person must know."""

    status: int
    reason: str


Reply = Accepted | Gap | ClockWrong | TooLarge | Refused


def read_sync(response: HubResponse) -> Reply:
    """Raises HubUnreachable for 429, 5xx and everything that is not a hub's answer."""
    if response.status == 200:
        try:
            return Accepted(msgspec.json.decode(response.body, type=SyncReply))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise HubUnreachable(not_a_hub(response)) from error
    refusal = read_refusal(response)
    problem = _problem(response)
    if response.status == 409 and problem and problem.stored is not None:
        return Gap(problem.stored)
    return refusal


def read_refusal(response: HubResponse) -> ClockWrong | TooLarge | Refused:
    """Any answer that is no success. Raises HubUnreachable when waiting may mend it."""
    problem = _problem(response)
    if response.status == 429 or response.status >= 500:
        said = f": {problem.detail or problem.title}" if problem else ""
        raise HubUnreachable(f"the hub answered {response.status}{said}", retry_after(response))
    if response.status == 413:  # also a proxy before the hub may say so, in its own words
        return TooLarge(problem.detail if problem else "413")
    if problem is None or response.status < 400:
        raise HubUnreachable(not_a_hub(response))
    if response.status == 401 and problem.err == "clock" and problem.signed:
        return ClockWrong(problem.signed)
    reason = f"{problem_json.slug_of(problem)}: {problem.detail or problem.title}"
    return Refused(response.status, reason)


def advice(refusal: Refused) -> str:
    """The refusal in the hub's words, and what a person does about it where that is known."""
    mend = next((text for end, text in _MEND.items() if refusal.reason.endswith(f": {end}")), None)
    return f"{refusal.status} {refusal.reason}" + (f"; {mend}" if mend else "")


def retry_after(response: HubResponse) -> float | None:
    """Seconds of `Retry-After` (RFC 9110 §10.2.3); a date is not understood, as clocks may be wrong."""
    text = response.headers.get("retry-after", "")
    return min(float(text), _LONGEST_RETRY_AFTER_S) if text.isdecimal() else None


def _problem(response: HubResponse) -> problem_json.Problem | None:
    try:
        return msgspec.json.decode(response.body, type=problem_json.Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def not_a_hub(response: HubResponse) -> str:
    """What to tell a person about an answer that no hub gives."""
    kind = response.headers.get("content-type", "no content type").partition(";")[0]
    return (
        f"status {response.status} with {kind}, which no hub answers: "
        "is hub.url right, or is a proxy or sign-in page in between?"
    )
