"""Which HTTP request a frame stands for (contract §5): everything is in the signed token.

`op` says what is asked; what HTTP says in its path and headers besides follows from claims, or from
the body's first bytes. So the broker has nothing to alter, and the hub answers a frame with the very
routes and checks that answer HTTP.

| op            | request                                                                          |
|---------------|----------------------------------------------------------------------------------|
| events.batch  | POST /v1/sync; zstd when the body begins with its magic number (RFC 8878 §3.1.1)  |
| evidence.put  | with `media`: PUT /v1/evidence/{blob}, `off` and `total` as Upload-Offset and      |
|               | Upload-Length; without: HEAD of it                                               |
| desired.get   | GET /v1/desired; `etag` as If-None-Match                                         |
| time.get      | GET /v1/time                                                                     |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from contract.jws import BadJws, Header, unb64
from contract.mqtt_binding import BadFrame, Frame
from contract.names import slot_of_kid
from contract.sync import BATCH_CONTENT, DESIRED_PATH, EVIDENCE_PATH, SYNC_PATH, TIME_PATH
from contract.token import SCHEME, Claims

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_BLOB = re.compile(r"[0-9a-f]{64}")
_VALUE = re.compile(r"[!-~][ -~]{0,199}")  # one line of printable ASCII: fit for a header


@dataclass(frozen=True)
class HttpRequest:
    """Without its body, which is the frame's. `slot` is the sender's, as the token names it: nothing
    here is believed before the hub has verified the token."""

    method: str
    path: str
    slot: str
    headers: Mapping[str, str] = field(default_factory=dict)


def request_of(frame: Frame) -> HttpRequest:
    """Raises BadFrame, and nothing else, for any frame."""
    head, _, rest = frame.token.partition(".")
    try:
        header = msgspec.json.decode(unb64(head), type=Header)
        claims = msgspec.json.decode(unb64(rest.partition(".")[0]), type=Claims)
        slot = slot_of_kid(header.kid)
    except (BadJws, msgspec.DecodeError, ValueError) as error:
        raise BadFrame("token") from error
    asked = _REQUESTS.get(claims.op)
    if asked is None:
        raise BadFrame("op")
    method, path, headers = asked(claims, frame.body)
    if not all(_VALUE.fullmatch(value) for value in headers.values()):
        raise BadFrame("claims")
    headers = {**headers, "authorization": f"{SCHEME} {frame.token}"}
    return HttpRequest(method, path, slot, headers)


_Line = tuple[str, str, dict[str, str]]


def _batch(_claims: Claims, body: bytes) -> _Line:
    encoding = "zstd" if body.startswith(ZSTD_MAGIC) else "identity"
    return "POST", SYNC_PATH, {"content-type": BATCH_CONTENT, "content-encoding": encoding}


def _evidence(claims: Claims, _body: bytes) -> _Line:
    if claims.blob is None or not _BLOB.fullmatch(claims.blob):
        raise BadFrame("claims")
    path = f"{EVIDENCE_PATH}/{claims.blob}"
    if claims.media is None:
        return "HEAD", path, {}
    offset = {"upload-offset": str(claims.off), "upload-length": str(claims.total)}
    return "PUT", path, {"content-type": claims.media, **offset}


def _desired(claims: Claims, _body: bytes) -> _Line:
    return "GET", DESIRED_PATH, {} if claims.etag is None else {"if-none-match": claims.etag}


def _time(_claims: Claims, _body: bytes) -> _Line:
    return "GET", TIME_PATH, {}


_REQUESTS: Mapping[str, Callable[[Claims, bytes], _Line]] = {
    "events.batch": _batch,
    "evidence.put": _evidence,
    "desired.get": _desired,
    "time.get": _time,
}
