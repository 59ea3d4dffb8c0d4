"""Scenario files over REST: trying a draft on what has happened."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from contract.problem_json import PointedError
from hub.api.auth import Dispatcher
from hub.api.parts import PartsOf
from hub.api.problems import invalid, refusal
from hub.api.wire import REFUSED, decode, json_body, reply
from hub.policies import PolicyRefused
from hub.replaying import DraftRefused
from hub.replaying.outcome import Comparison
from hub.replaying.trying import try_policies

router = APIRouter(tags=["policies"])
MOST_DAYS = 366.0


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`policies`: YAML text by name, instead of the policy of that name in force, or besides all; null
    takes one out. `days` of the past."""

    policies: dict[str, str | None]
    days: float = 7.0


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """`words` is how many detections were replayed; `cut`: there were more, the oldest were taken."""

    words: int
    cut: bool
    comparison: Comparison


@router.post("/v1/policies:try", summary="Replay past events through a draft", responses=REFUSED)
def post_try(
    request: Request, parts: PartsOf, actor: Dispatcher, body: Annotated[bytes, Depends(json_body)]
) -> Response:
    """Nothing is changed. Both the rules in force and the draft are run over the same words, so that the
    difference is the draft's."""
    draft = decode(body, Draft)
    if not 0 < draft.days <= MOST_DAYS:
        raise invalid(f"more than 0, at most {MOST_DAYS:g}", "/days")
    files = {name: None if text is None else text.encode() for name, text in draft.policies.items()}
    try:
        with parts.database.read() as conn:
            found, words, cut = try_policies(
                conn, actor.district, files, days=draft.days, now_ns=parts.utc_ns()
            )
    except PolicyRefused as refused:
        errors = [
            PointedError(detail=str(fault), pointer=f"/policies/{fault.file}")
            for fault in refused.faults
        ]
        raise refusal(422, "policy-refused", str(refused), errors=errors) from refused
    except DraftRefused as error:
        raise invalid(str(error), "/policies") from error
    return reply(request, Tried(words=words, cut=cut, comparison=found))
