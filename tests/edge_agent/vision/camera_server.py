"""A small HTTP camera: MJPEG stream and snapshots, with basic or digest login, on a free port."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

USER, PASSWORD = "edile", "pass:w@rd/7"
REALM, NONCE = "camera", "abc123"


class Camera(ThreadingHTTPServer):
    """`pictures` are sent in turn, each stream from the first; afterwards the stream ends."""

    daemon_threads = True

    def __init__(self, pictures: list[bytes], login: str | None) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.pictures, self.login, self.asked = pictures, login, 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Camera

    def do_GET(self) -> None:
        if self.server.login is not None and not self._is_let_in():
            self.send_response(401)
            challenge = f'Basic realm="{REALM}"'
            if self.server.login == "digest":
                challenge = f'Digest realm="{REALM}", nonce="{NONCE}", qop="auth", algorithm=MD5'
            self.send_header("WWW-Authenticate", challenge)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path == "/snapshot":
            self._snapshot()
        else:
            self._stream()

    def _snapshot(self) -> None:
        picture = self.server.pictures[self.server.asked % len(self.server.pictures)]
        self.server.asked += 1
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(picture)))
        self.end_headers()
        self.wfile.write(picture)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for picture in self.server.pictures:
            self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + picture + b"\r\n")

    def _is_let_in(self) -> bool:
        given = self.headers.get("Authorization", "")
        if self.server.login == "basic":
            wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            return given == f"Basic {wanted}"
        parts = dict(
            part.strip().split("=", 1)
            for part in given.removeprefix("Digest ").split(",")
            if "=" in part
        )
        parts = {name: value.strip('"') for name, value in parts.items()}
        first = _md5(f"{USER}:{REALM}:{PASSWORD}")
        second = _md5(f"GET:{self.path}")
        middle = f"{NONCE}:{parts.get('nc')}:{parts.get('cnonce')}:auth"
        return parts.get("response") == _md5(f"{first}:{middle}:{second}")

    def log_message(self, *_: object) -> None:
        """Not into the tests' output."""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@contextmanager
def serving(pictures: list[bytes], login: str | None = None) -> Iterator[Camera]:
    with Camera(pictures, login) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
