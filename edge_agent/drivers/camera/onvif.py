"""Turning a camera by ONVIF: five questions of Profile S, asked over SOAP 1.2.

A library for all of ONVIF (onvif-zeep-async 4.3, MIT, maintained) was looked at: it reads the WSDL of
twenty services and brings lxml, zeep and aiohttp, 50 MB of memory for five messages, more than the
whole agent may weigh. Sources: ONVIF Core Specification 23.06 (§5.9 security, §8.2 GetCapabilities,
GetSystemDateAndTime), Media Service 21.12 (§5.2 GetProfiles), PTZ Service 21.12 (§5.4 GetStatus, §5.5
GetPresets, GotoPreset); OASIS Web Services Security UsernameToken Profile 1.0 (§3.1 digest).
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import httpx

from edge_agent.errors import DeviceRefused, DeviceUnreachable

SOAP = "http://www.w3.org/2003/05/soap-envelope"
DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA = "http://www.onvif.org/ver10/media/wsdl"
PTZ = "http://www.onvif.org/ver20/ptz/wsdl"
SCHEMA = "http://www.onvif.org/ver10/schema"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
DIGEST = f"{_WSS}username-token-profile-1.0#PasswordDigest"
BASE64 = f"{_WSS}soap-message-security-1.0#Base64Binary"
NAMES = {"s": SOAP, "tds": DEVICE, "trt": MEDIA, "tptz": PTZ, "tt": SCHEMA}
TIMEOUT_S = 6.0
MOST_BYTES = 1024 * 1024
SHOWN = 200
NO_TIME = "the camera does not tell its time, so no login can be dated"


def digest(nonce: bytes, created: str, password: str) -> str:
    """Base64(SHA-1(nonce + created + password)), UsernameToken Profile §3.1."""
    mixed = nonce + created.encode() + password.encode()
    return base64.b64encode(hashlib.sha1(mixed, usedforsecurity=False).digest()).decode()


class OnvifHead:
    """`presets` may be named by token or by name; `entropy` gives that many random bytes."""

    def __init__(
        self,
        url: str,
        user: str | None,
        password: str | None,
        profile: str | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._url, self._user, self._password = url, user, password
        self._profile, self._entropy = profile, entropy
        self._places: dict[str, str] = {}
        # Newer cameras answer 401 and want the login of HTTP instead (RFC 7616; Core §5.9 allows both).
        login = httpx.DigestAuth(user, password or "") if user else None
        self._client = httpx.AsyncClient(
            auth=login, timeout=TIMEOUT_S, transport=transport, trust_env=False
        )

    async def go(self, token: str) -> None:
        profile = await self._profile_token()
        body = f"<ProfileToken>{escape(profile)}</ProfileToken>"
        presets = await self._ask("PTZ", PTZ, "GetPresets", body)
        known = {one.get("token", ""): one.findtext("tt:Name", "", NAMES)
                 for one in presets.iterfind(".//tptz:Preset", NAMES)}  # fmt: skip
        wanted = next((one for one, name in known.items() if token in {one, name}), None)
        if wanted is None:
            names = ", ".join(f"{name or '?'} ({one})" for one, name in known.items()) or "none"
            raise DeviceRefused(f"the camera has no preset {token!r}; it has {names[:SHOWN]}")
        body += f"<PresetToken>{escape(wanted)}</PresetToken>"
        await self._ask("PTZ", PTZ, "GotoPreset", body)

    async def moves(self) -> bool | None:
        profile = await self._profile_token()
        body = f"<ProfileToken>{escape(profile)}</ProfileToken>"
        status = await self._ask("PTZ", PTZ, "GetStatus", body)
        parts = [
            status.findtext(f".//tt:MoveStatus/tt:{axis}", "", NAMES)
            for axis in ("PanTilt", "Zoom")
        ]
        if "MOVING" in parts:
            return True
        return False if "IDLE" in parts else None

    async def close(self) -> None:
        await self._client.aclose()

    async def _profile_token(self) -> str:
        """The one of gw.toml, or the first that can turn."""
        if self._profile is None:
            answer = await self._ask("Media", MEDIA, "GetProfiles", "")
            for one in answer.iterfind(".//trt:Profiles", NAMES):
                if one.find("tt:PTZConfiguration", NAMES) is not None:
                    self._profile = one.get("token")
                    break
        if self._profile is None:
            raise DeviceRefused("no profile of the camera can turn")
        return self._profile

    async def _place(self, service: str) -> str:
        """Where a service is. Cameras behind a router name their inner address: the host stays ours."""
        if service not in self._places:
            body = "<Category>All</Category>"
            answer = await self._post(self._url, DEVICE, "GetCapabilities", body)
            for name in ("Media", "PTZ"):
                found = answer.findtext(f".//tt:{name}/tt:XAddr", None, NAMES)
                if found:
                    own, given = urlsplit(self._url), urlsplit(found.strip())
                    self._places[name] = urlunsplit(
                        given._replace(scheme=own.scheme, netloc=own.netloc)
                    )
        if service not in self._places:
            raise DeviceRefused(f"the camera offers no {service} service")
        return self._places[service]

    async def _ask(self, service: str, space: str, name: str, body: str) -> ElementTree.Element:
        return await self._post(await self._place(service), space, name, body)

    async def _post(
        self, url: str, space: str, name: str, body: str, *, open_to_all: bool = False
    ) -> ElementTree.Element:
        header = "" if open_to_all or not self._user else await self._security()
        envelope = (
            f'<s:Envelope xmlns:s="{SOAP}">{header}<s:Body>'
            f'<{name} xmlns="{space}">{body}</{name}></s:Body></s:Envelope>'
        )
        kind = f'application/soap+xml; charset=utf-8; action="{space}/{name}"'
        try:
            answer = await self._client.post(url, content=envelope, headers={"Content-Type": kind})
        except httpx.HTTPError as error:
            raise DeviceUnreachable(f"{self._url}: {type(error).__name__}") from error
        return _read(answer, name)

    async def _security(self) -> str:
        """Dated by the camera's own clock: most refuse a token that is minutes off."""
        answer = await self._post(self._url, DEVICE, "GetSystemDateAndTime", "", open_to_all=True)
        created, nonce = _camera_time(answer), self._entropy(16)
        token = digest(nonce, created, self._password or "")
        return (
            f'<s:Header><Security xmlns="{_WSS}wssecurity-secext-1.0.xsd" s:mustUnderstand="1">'
            f"<UsernameToken><Username>{escape(self._user or '')}</Username>"
            f'<Password Type="{DIGEST}">{token}</Password>'
            f'<Nonce EncodingType="{BASE64}">{base64.b64encode(nonce).decode()}</Nonce>'
            f'<Created xmlns="{_WSS}wssecurity-utility-1.0.xsd">{created}</Created>'
            "</UsernameToken></Security></s:Header>"
        )


def _camera_time(answer: ElementTree.Element) -> str:
    """Its UTC as xs:dateTime. DeviceRefused when it tells none."""
    utc = answer.find(".//tt:UTCDateTime", NAMES)
    if utc is None:
        raise DeviceRefused(NO_TIME)
    try:
        year, month, day, hour, minute, second = (
            int(utc.findtext(f"tt:{part}/tt:{name}", "", NAMES))
            for part, name in (
                ("Date", "Year"), ("Date", "Month"), ("Date", "Day"),
                ("Time", "Hour"), ("Time", "Minute"), ("Time", "Second"),
            )
        )  # fmt: skip
    except ValueError as error:
        raise DeviceRefused(
            "the camera does not tell its time, so no login can be dated"
        ) from error
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"


def _read(answer: httpx.Response, name: str) -> ElementTree.Element:
    """The body's element. DeviceRefused for a SOAP fault, DeviceUnreachable for anything else."""
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise DeviceRefused(f"{name}: the login is refused")
    if len(answer.content) > MOST_BYTES:
        raise DeviceUnreachable(
            f"{name}: an answer of {len(answer.content)} bytes is none of ONVIF"
        )
    if b"<!DOCTYPE" in answer.content:  # SOAP 1.2 part 1 §5 forbids it, and entities live there
        raise DeviceUnreachable(f"{name}: HTTP {answer.status_code} and no SOAP")
    try:
        root = ElementTree.fromstring(answer.content)  # noqa: S314 - no DTD, bounded above
    except ElementTree.ParseError as error:
        raise DeviceUnreachable(f"{name}: HTTP {answer.status_code} and no XML") from error
    fault = root.find(".//s:Fault", NAMES)
    if fault is not None:
        codes = " ".join(one.text or "" for one in fault.iter(f"{{{SOAP}}}Value"))
        if "NotAuthorized" in codes:
            raise DeviceRefused(f"{name}: the login is refused")
        raise DeviceRefused(f"{name}: {fault.findtext('.//s:Text', codes, NAMES)[:SHOWN]}")
    body = root.find("s:Body", NAMES)
    if body is None:
        raise DeviceUnreachable(f"{name}: HTTP {answer.status_code} without a SOAP body")
    return body
