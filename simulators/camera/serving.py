"""The camera's web server: `/stream` (MJPEG), `/snapshot.jpg`, `/prompt` for what a voice says, and `/tidy`,
which sends a crew that puts everything in order.

Motion JPEG over HTTP is `multipart/x-mixed-replace` (RFC 2046 section 5.1 parts, replaced one by another),
as nearly all network cameras speak it beside RTSP.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from simulators.camera.playing import Player

BOUNDARY = "frame"
MOST_WORDS = 2_000  # bytes of a prompt


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, at: tuple[str, int], player: Player) -> None:
        self.player = player
        super().__init__(at, _Asked)


class _Asked(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        match self.path.partition("?")[0]:
            case "/stream" | "/":
                with contextlib.suppress(ConnectionError):
                    self._stream()
            case "/snapshot.jpg":
                self._snapshot()
            case _:
                self._say(
                    HTTPStatus.NOT_FOUND, b"expected /stream, /snapshot.jpg or POST /prompt\n"
                )

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path not in ("/prompt", "/tidy"):
            self.close_connection = True
            self._say(HTTPStatus.NOT_FOUND, b"expected POST /prompt or /tidy\n")
        elif not length.isdecimal() or int(length) > MOST_WORDS:
            self.close_connection = True
            self._say(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"expected at most 2000 bytes of words\n"
            )
        else:
            words = self.rfile.read(int(length)).decode("utf-8", "replace")
            if self.path == "/prompt":
                self.server.player.hear(words)
            else:
                self.server.player.tidy()
            self._say(HTTPStatus.OK, b"heard\n")

    def _snapshot(self) -> None:
        frame = self.server.player.newest()
        if frame is None or frame.jpeg is None:
            self._say(HTTPStatus.SERVICE_UNAVAILABLE, b"no picture\n")
            return
        self._say(HTTPStatus.OK, frame.jpeg, "image/jpeg")

    def _stream(self) -> None:
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        number = 0
        while True:
            number, frame = self.server.player.after(number)
            if number < 0 or (frame is not None and frame.jpeg is None):
                return  # ended, or without power: the line is cut
            if frame is not None and frame.jpeg is not None:
                head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n"
                size = f"Content-Length: {len(frame.jpeg)}\r\n\r\n"
                self.wfile.write((head + size).encode() + frame.jpeg + b"\r\n")

    def _say(self, status: HTTPStatus, body: bytes, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Says nothing: a stream's clients are not this program's output."""


@contextmanager
def served(player: Player, host: str, port: int) -> Iterator[int]:
    """The port it serves on while entered. Raises OSError when it cannot."""
    server = _Server((host, port), player)
    thread = threading.Thread(
        target=server.serve_forever, args=(0.1,), name="camera-http", daemon=True
    )
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
