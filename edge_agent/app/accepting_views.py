"""A camera was moved on purpose: somebody who has looked says that what it sees now is its view.

The zones of gw.toml are thereby confirmed for it. Who said so, why, and what the camera saw is an event; it
comes over the hub's command `accept-view`, or from the gateway's own command line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import msgspec

from contract.commands import AcceptViewArgs
from contract.payloads.base import PhotoRef
from contract.payloads.evidence import CameraView
from contract.timestamps import rfc3339
from edge_agent.commands import Executor, Performed
from edge_agent.config.devices.camera import CameraConfig, ZoneConfig
from edge_agent.errors import DeviceRefused, DeviceUnreachable, StoreFull
from edge_agent.ports import AcceptView, Clock, Conclusion, NewEvidence, Order, Recorder, Work
from edge_agent.readings import LookReading
from edge_agent.rules.standing.photos import photos_of

FULL_TRIES, FULL_S = 6, 5.0
Setting = Callable[[str], Awaitable[bytes | None]]


class Cameras(Protocol):
    """What the supervisor is to whoever accepts a view."""

    async def perform(self, device: str, order: Order) -> None: ...

    async def look(self, device: str, preset: str | None) -> LookReading: ...

    def view_of(self, device: str) -> str | None: ...


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The last word on a view: who, when (RFC 3339), and which zones were confirmed with it."""

    by: str
    at: str
    zones_sha256: str


class Acceptance:
    """`configs`: the cameras of gw.toml by id."""

    def __init__(
        self,
        cameras: Cameras,
        configs: Mapping[str, CameraConfig],
        recorder: Recorder,
        clock: Clock,
    ) -> None:
        self._cameras, self._configs = cameras, configs
        self._recorder, self._clock = recorder, clock

    async def accept(self, wanted: AcceptViewArgs) -> str:
        """What is to be told. DeviceRefused with what is the matter with the view; DeviceUnreachable."""
        config = self._configs.get(wanted.camera)
        if config is None:
            known = ", ".join(sorted(self._configs)) or "none"
            raise DeviceRefused(f"there is no camera {wanted.camera!r}; there are {known}")
        before = self._cameras.view_of(wanted.camera)
        await self._cameras.perform(wanted.camera, AcceptView(wanted.preset))
        refs, evidence = await self._seen(wanted)
        stands = stands_at(config, wanted.preset)
        zones = zones_from(config, stands)
        payload = CameraView(
            camera=wanted.camera,
            preset=wanted.preset,
            requested_by=wanted.requested_by,
            reason=wanted.reason,
            zones=tuple(one.name for one in zones),
            zones_sha256=zones_mark(zones),
            before=before,
            evidence=refs,
        )
        conclusion = Conclusion(payload, f"camera/{wanted.camera}", evidence=evidence)
        await self._record(conclusion, payload, setting_of(config.id, stands))
        named = ", ".join(payload.zones) or "none"
        return f"the view of {wanted.camera} is accepted; zones confirmed: {named}"

    async def take(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """As the gateway's own command line asks for it."""
        return {"told": await self.accept(_wanted(given))}

    async def _seen(
        self, wanted: AcceptViewArgs
    ) -> tuple[tuple[PhotoRef, ...], tuple[NewEvidence, ...]]:
        """For the record; it is accepted with a photo or without."""
        try:
            reading = await self._cameras.look(wanted.camera, wanted.preset)
        except (DeviceRefused, DeviceUnreachable):
            return (), ()
        return photos_of(reading.picture, wanted.camera)

    async def _record(self, conclusion: Conclusion, payload: CameraView, setting: str) -> None:
        """It is in force by now, so it must be on record, if need be without its photo."""
        now = self._clock.moment()
        mark = Accepted(
            by=payload.requested_by, at=rfc3339(now.utc_ns), zones_sha256=payload.zones_sha256
        )
        settings = {setting: msgspec.json.encode(mark)}
        bare = Conclusion(msgspec.structs.replace(payload, evidence=()), conclusion.subject)
        for attempt in range(FULL_TRIES):
            told = conclusion if attempt == 0 else bare
            try:
                await self._recorder.record(Work(now, (told,), settings=settings))
            except StoreFull:
                await self._clock.sleep(FULL_S)
            else:
                return
        raise DeviceRefused(
            f"the view of {payload.camera} is accepted, but the disk is full: tell it again"
        )


def accept_view(acceptance: Acceptance) -> Executor:
    async def accept(args: Mapping[str, Any]) -> Performed:
        return Performed(await acceptance.accept(_wanted(args)))

    return accept


async def confirmed(config: CameraConfig, setting: Setting) -> str | None:
    """What the status page says of a camera's view and zones; None: nobody has accepted one."""
    told = []
    for stands in (None, *(one.name for one in config.presets if one.token is not None)):
        written = await setting(setting_of(config.id, stands))
        if written is None:
            continue
        one = msgspec.json.decode(written, type=Accepted)
        same = one.zones_sha256 == zones_mark(zones_from(config, stands))
        where = f"{stands}: " if stands else ""
        zones = "zones as confirmed" if same else "zones changed since"
        told.append(f"{where}view accepted by {one.by}, {one.at}, {zones}")
    return "; ".join(told) or None


def setting_of(camera: str, stands: str | None) -> str:
    return f"view-accepted/{camera}" + (f"/{stands}" if stands else "")


def stands_at(config: CameraConfig, preset: str | None) -> str | None:
    """The position from which a preset is looked at; None: the camera never turns."""
    if any(one.name == preset and one.token is not None for one in config.presets):
        return preset
    return config.ptz.home if config.ptz else None


def zones_from(config: CameraConfig, stands: str | None) -> tuple[ZoneConfig, ...]:
    """Those that are seen from there: at home also those of no preset."""
    home = config.ptz.home if config.ptz else None
    names = {stands, None} if stands in {None, home} else {stands}
    return tuple(one for one in config.zones if one.preset in names)


def zones_mark(zones: tuple[ZoneConfig, ...]) -> str:
    return hashlib.sha256(msgspec.json.encode(zones)).hexdigest()


def _wanted(given: Mapping[str, Any]) -> AcceptViewArgs:
    try:
        return msgspec.convert(given, AcceptViewArgs)
    except msgspec.ValidationError as error:
        raise DeviceRefused(f"accept-view: {error}") from None
