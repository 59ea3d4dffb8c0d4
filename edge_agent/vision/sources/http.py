"""Cameras that speak HTTP: MJPEG streams and snapshots. Their JPEG bytes are kept as they came.

Basic and digest logins are answered; no message names them, and the address that errors show has
neither (they were taken out when gw.toml was read).
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from typing import Any

from edge_agent.config.devices.camera_source import without_secrets
from edge_agent.vision.frames import Frame
from edge_agent.vision.jpeg import MAX_PICTURE, START, JpegFramer
from edge_agent.vision.sources.port import Pace, SourceLost
from edge_agent.vision.stills.header import is_whole

TIMEOUT_S = 8.0
CHUNK = 64 * 1024
MOST_SILENT = 16 * 1024 * 1024  # bytes without a picture: this is no camera


class Web:
    """One address with its login."""

    def __init__(self, url: str, user: str | None, secret: str | None) -> None:
        self.shown, self._url = without_secrets(url), url
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        if user:
            passwords.add_password(None, url, user, secret or "")
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            _Basic(passwords),
            _Digest(passwords),
        )

    def open(self) -> Any:
        """The answer as a stream. SourceLost."""
        try:
            return self._opener.open(self._url, timeout=TIMEOUT_S)
        except urllib.error.HTTPError as error:
            error.close()
            said = "the login is refused" if error.code in {401, 403} else error.reason
            raise SourceLost(f"{self.shown} answers {error.code}: {said}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SourceLost(f"{self.shown}: {_reason(error)}") from None


class _Basic(urllib.request.HTTPBasicAuthHandler):
    """Closes the answer that asked for the login; the library leaves its socket to the garbage."""

    def http_error_401(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        fp.close()
        return super().http_error_401(req, fp, code, msg, headers)


class _Digest(urllib.request.HTTPDigestAuthHandler):
    """As _Basic."""

    def http_error_401(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        fp.close()
        return super().http_error_401(req, fp, code, msg, headers)


class MjpegSource:
    """A stream of JPEG pictures, multipart or bare: only the newest that is due is looked at."""

    def __init__(self, web: Web, pace: Pace) -> None:
        self.skipped = self.refused = 0
        self._shown, self._pace = web.shown, pace
        self._stream = web.open()
        self._framer, self._due_ns, self._silent = JpegFramer(), pace.now_ns(), 0

    def read(self) -> Frame | None:
        try:
            data = self._stream.read1(CHUNK)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SourceLost(f"{self._shown}: {_reason(error)}") from None
        if not data:
            raise SourceLost(f"{self._shown} has ended the stream")
        self._silent += len(data)
        newest: bytes | None = None
        for one in self._framer.feed(data):
            if not isinstance(one, bytes):
                self.refused += 1
                continue
            self.skipped += newest is not None
            newest, self._silent = one, 0
        if self._silent > MOST_SILENT:
            raise SourceLost(f"{self._shown} sends no JPEG pictures")
        return None if newest is None else self._due(newest)

    def close(self) -> None:
        self._stream.close()

    def _due(self, jpeg: bytes) -> Frame | None:
        at_ns = self._pace.now_ns()
        if at_ns < self._due_ns:
            self.skipped += 1
            return None
        self._due_ns = max(self._due_ns + self._pace.step_ns, at_ns)
        return Frame(at_ns, jpeg=jpeg)


class SnapshotSource:
    """One picture for each question."""

    def __init__(self, web: Web, pace: Pace) -> None:
        self.skipped = self.refused = 0
        self._web, self._pace, self._due_ns = web, pace, pace.now_ns()

    def read(self) -> Frame | None:
        left_ns = self._due_ns - self._pace.now_ns()
        if left_ns > 0 and self._pace.wait(left_ns / 1e9):
            return None
        with self._web.open() as answer:
            try:
                content: bytes = answer.read(MAX_PICTURE + 1)
            except (OSError, http.client.HTTPException) as error:
                raise SourceLost(f"{self._web.shown}: {_reason(error)}") from None
        at_ns = self._pace.now_ns()
        self._due_ns = max(self._due_ns + self._pace.step_ns, at_ns)
        if not content.startswith(START) or len(content) > MAX_PICTURE or not is_whole(content):
            self.refused += 1
            return None
        return Frame(at_ns, jpeg=content)

    def close(self) -> None:
        """Nothing stays open."""


def _reason(error: Exception) -> str:
    """What went wrong, in words of ours or the system's: texts of libraries may quote a header."""
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError):
        return f"no answer within {TIMEOUT_S:g} s"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return type(cause).__name__
