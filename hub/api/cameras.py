"""Asking a gateway's camera: a photo now; and that what it sees now is its view, says who has looked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from contract.commands import AcceptViewArgs, CommandOp, PhotoArgs
from hub.api.auth import Admin, Dispatcher
from hub.api.box import BoxParts, BoxPartsOf
from hub.api.problems import refusal
from hub.api.wire import decode, json_body, reply
from hub.commanding import ASKED_NOW_S, MOST_NOW_S, CameraArgs, ask_camera
from hub.store import gateways
from hub.store.tokens import Actor

router = APIRouter(tags=["gateways"])
Slot = Annotated[str, Path(max_length=63)]
Camera = Annotated[str, Path(max_length=63, description="Its id in the gateway's file")]


class NewCameraRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, and for how long it may still be begun; `preset`: a view of the camera by name."""

    reason: str
    preset: str | None = None
    expires_in_s: int = ASKED_NOW_S


@router.post(
    "/v1/gateways/{slot}/cameras/{camera}/photo",
    summary="Ask a camera for a photo",
    status_code=202,
)
async def photo(
    slot: Slot, camera: Camera, request: Request, parts: BoxPartsOf, actor: Dispatcher
) -> Response:
    """With the gateway's next sync. The answer is the command's outcome and, where it could look, an event
    `edile.evidence.photo.v1` that names the masked photo. Who asked and why is on record on both sides."""
    return await _Asking(parts, actor, slot, camera).ask(request, "photo", PhotoArgs)


@router.post(
    "/v1/gateways/{slot}/cameras/{camera}/accept-view",
    summary="Say that a camera's view is the right one",
    status_code=202,
)
async def accept_view(
    slot: Slot, camera: Camera, request: Request, parts: BoxPartsOf, actor: Admin
) -> Response:
    """After it was moved on purpose: what it sees then becomes its reference, its zones are confirmed. Told
    by an event `edile.camera.view.v1` with a masked photo."""
    return await _Asking(parts, actor, slot, camera).ask(request, "accept-view", AcceptViewArgs)


@dataclass(frozen=True)
class _Asking:
    """Who asks what camera of which gateway."""

    parts: BoxParts
    actor: Actor
    slot: str
    camera: str

    async def ask(self, request: Request, op: CommandOp, kind: type[CameraArgs]) -> Response:
        given = decode(await json_body(request), NewCameraRequest)
        if not 1 <= given.expires_in_s <= MOST_NOW_S:
            raise refusal(422, "invalid", f"expires_in_s: 1 second to {MOST_NOW_S // 3600} hours")
        actor, parts = self.actor, self.parts
        try:
            wanted = kind(
                camera=self.camera,
                preset=given.preset,
                requested_by=actor.label,
                reason=given.reason,
            )
        except ValueError as error:
            raise refusal(422, "invalid", str(error)) from error
        with parts.database.write() as conn:
            if gateways.slot_district(conn, self.slot) != actor.district:
                raise refusal(404, "not-found", f"no gateway {self.slot}")
            made = ask_camera(
                conn, parts.keys.command, district=actor.district, slot=self.slot, op=op,
                wanted=wanted, actor=actor.label, now_ns=parts.config.utc_ns(),
                expires_in_s=given.expires_in_s,
            )  # fmt: skip
        assert made is not None  # noqa: S101 - the slot was found above and slots never go
        told = {"id": made.id, "slot": self.slot, "expires": made.expires}
        return reply(request, told, status=202)
