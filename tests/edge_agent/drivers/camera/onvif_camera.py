"""A simulated ONVIF camera: a few presets, a head that takes its time, and a login it insists on.

Its answers are written after the examples of the ONVIF specifications and of public captures, not after
what our own head expects.
"""

from __future__ import annotations

import base64
import hashlib
import re

import httpx

ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><env:Envelope '
    'xmlns:env="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:tds="http://www.onvif.org/ver10/device/wsdl" '
    'xmlns:trt="http://www.onvif.org/ver10/media/wsdl" '
    'xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl" xmlns:ter="http://www.onvif.org/ver10/error" '
    'xmlns:tt="http://www.onvif.org/ver10/schema"><env:Body>{}</env:Body></env:Envelope>'
)
FAULT = (
    "<env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value>ter:{}</env:Value>"
    '</env:Subcode></env:Code><env:Reason><env:Text xml:lang="en">{}</env:Text></env:Reason></env:Fault>'
)
TIME = "2026-11-21T08:05:09Z"


class OnvifCamera:
    """`asks` says how many status questions a move lasts; `at` where it stands now."""

    def __init__(self, user: str = "edile", password: str = "secret", *, asks: int = 2) -> None:
        self.user, self.password, self.asks = user, password, asks
        self.presets = {"1": "home", "2": "shop fronts"}
        self.at, self.left, self.calls = "1", 0, list[str]()
        self.tells_motion = True
        self.broken: str | None = None
        self.http_login = False

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.netloc == b"10.0.0.7:8000"  # nobody else can reach its inner address
        text = request.content.decode()
        name = re.search(r"<s:Body><(\w+)", text)
        assert name is not None
        self.calls.append(f"{request.url.path} {name[1]}")
        if self.broken is not None:
            return httpx.Response(500, text=self.broken)
        if self.http_login and not self._is_let_in_by_http(request):
            challenge = 'Digest realm="ip camera", qop="auth", nonce="7a4e", algorithm=MD5'
            return httpx.Response(401, headers={"WWW-Authenticate": challenge})
        if name[1] != "GetSystemDateAndTime" and not self.http_login and not self._is_let_in(text):
            return httpx.Response(
                400, text=ENVELOPE.format(FAULT.format("NotAuthorized", "Sender not Authorized"))
            )
        body: str = getattr(self, f"_{name[1]}")(text)
        return httpx.Response(500 if "Fault" in body else 200, text=ENVELOPE.format(body))

    def _is_let_in(self, text: str) -> bool:
        parts = {
            part: found[1]
            for part in ("Username", "Password", "Nonce", "Created")
            if (found := re.search(rf"<{part}(?: [^>]*)?>([^<]*)<", text))
        }
        if set(parts) != {"Username", "Password", "Nonce", "Created"}:
            return False
        mixed = (
            base64.b64decode(parts["Nonce"]) + parts["Created"].encode() + self.password.encode()
        )
        wanted = base64.b64encode(hashlib.sha1(mixed).digest()).decode()
        return (parts["Username"], parts["Password"], parts["Created"]) == (self.user, wanted, TIME)

    def _is_let_in_by_http(self, request: httpx.Request) -> bool:
        """RFC 7616 §3.4.1: MD5(MD5(user:realm:password):nonce:nc:cnonce:qop:MD5(method:uri))."""
        given = dict(re.findall(r'(\w+)="?([^",]*)"?', request.headers.get("Authorization", "")))
        first = _md5(f"{self.user}:ip camera:{self.password}")
        second = _md5(f"POST:{request.url.raw_path.decode()}")
        middle = f"7a4e:{given.get('nc')}:{given.get('cnonce')}:auth"
        return given.get("response") == _md5(f"{first}:{middle}:{second}")

    def _GetSystemDateAndTime(self, _: str) -> str:
        return (
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>"
            "<tt:UTCDateTime><tt:Time><tt:Hour>8</tt:Hour><tt:Minute>5</tt:Minute><tt:Second>9</tt:Second>"
            "</tt:Time><tt:Date><tt:Year>2026</tt:Year><tt:Month>11</tt:Month><tt:Day>21</tt:Day></tt:Date>"
            "</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
        )

    def _GetCapabilities(self, _: str) -> str:
        """It names its inner address, as cameras behind a router do."""
        return (
            "<tds:GetCapabilitiesResponse><tds:Capabilities>"
            "<tt:Media><tt:XAddr>http://192.168.1.108/onvif/media_service</tt:XAddr></tt:Media>"
            "<tt:PTZ><tt:XAddr>http://192.168.1.108/onvif/ptz_service</tt:XAddr></tt:PTZ>"
            "</tds:Capabilities></tds:GetCapabilitiesResponse>"
        )

    def _GetProfiles(self, _: str) -> str:
        return (
            '<trt:GetProfilesResponse><trt:Profiles token="Profile_0"><tt:Name>still</tt:Name></trt:Profiles>'
            '<trt:Profiles token="Profile_1"><tt:Name>main</tt:Name><tt:PTZConfiguration token="p">'
            "<tt:Name>ptz</tt:Name></tt:PTZConfiguration></trt:Profiles></trt:GetProfilesResponse>"
        )

    def _GetPresets(self, text: str) -> str:
        assert "<ProfileToken>Profile_1</ProfileToken>" in text
        presets = "".join(
            f'<tptz:Preset token="{token}"><tt:Name>{name}</tt:Name></tptz:Preset>'
            for token, name in self.presets.items()
        )
        return f"<tptz:GetPresetsResponse>{presets}</tptz:GetPresetsResponse>"

    def _GotoPreset(self, text: str) -> str:
        token = re.search(r"<PresetToken>([^<]*)<", text)
        assert token is not None
        self.at, self.left = token[1], self.asks
        return "<tptz:GotoPresetResponse/>"

    def _GetStatus(self, _: str) -> str:
        word = "MOVING" if self.left else "IDLE"
        self.left = max(0, self.left - 1)
        moves = (
            f"<tt:MoveStatus><tt:PanTilt>{word}</tt:PanTilt><tt:Zoom>IDLE</tt:Zoom></tt:MoveStatus>"
        )
        return (
            f"<tptz:GetStatusResponse><tptz:PTZStatus>{moves if self.tells_motion else ''}"
            f"<tt:UtcTime>{TIME}</tt:UtcTime></tptz:PTZStatus></tptz:GetStatusResponse>"
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
