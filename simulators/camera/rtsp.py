"""The camera's RTSP server (RFC 2326): one track of JPEG over RTP, interleaved in the same TCP connection.

UDP is refused with 461, at which clients ask again for TCP; there is no sound, no RTCP and no other
codec: real cameras send H.264 or H.265, which would need an encoder that OpenCV's wheels do not have.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import socketserver
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from simulators.camera.playing import Player
from simulators.camera.rtp_jpeg import CLOCK_HZ, PAYLOAD_TYPE, NotSendable, packets, parts

MOST_LINES, LINE_BYTES = 40, 2_000
METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
SESSION = "1"
REASONS = {
    200: "OK",
    401: "Unauthorized",
    405: "Method Not Allowed",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
}


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, at: tuple[str, int], player: Player, login: str | None) -> None:
        self.player, self.login = player, login
        super().__init__(at, _Asked)


class _Asked(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self._lock, self._over = threading.Lock(), threading.Event()
        self._ready = False
        sender: threading.Thread | None = None
        with contextlib.suppress(ConnectionError, TimeoutError):
            while (request := self._request()) is not None:
                method, url, headers = request
                status, more, body = self._answer(method, url, headers)
                self._say(status, headers.get("cseq", "0"), more, body)
                if method == "PLAY" and status == 200 and sender is None:
                    sender = threading.Thread(target=self._send, name="camera-rtsp", daemon=True)
                    sender.start()
                if method == "TEARDOWN":
                    break
        self._over.set()
        if sender is not None:
            sender.join()

    def _request(self) -> tuple[str, str, Mapping[str, str]] | None:
        """None when the client has gone or talks nonsense."""
        lines = list[str]()
        while len(lines) < MOST_LINES:
            first = self.rfile.read(1)
            if not first:
                return None
            if first == b"$" and not lines:  # RTCP of the client, interleaved: not looked at
                head = self.rfile.read(3)
                self.rfile.read(struct.unpack(">BH", head)[1])
                continue
            line = (
                (first + (self.rfile.readline(LINE_BYTES) if first != b"\n" else b""))
                .decode("latin-1")
                .strip()
            )
            if not line and lines:
                break
            if line:
                lines.append(line)
        words = lines[0].split()
        if len(words) != 3 or not words[2].startswith("RTSP/"):
            return None
        pairs = (line.partition(":") for line in lines[1:])
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        length = headers.get("content-length", "0")
        self.rfile.read(min(int(length), LINE_BYTES) if length.isdecimal() else 0)
        return words[0], words[1], headers

    def _answer(self, method: str, url: str, headers: Mapping[str, str]) -> tuple[int, str, str]:
        if method == "OPTIONS":
            return 200, f"Public: {METHODS}\r\n", ""
        if not self._known(headers):
            return 401, 'WWW-Authenticate: Basic realm="camera"\r\n', ""
        match method:
            case "DESCRIBE":
                return (
                    200,
                    f"Content-Base: {url.rstrip('/')}/\r\nContent-Type: application/sdp\r\n",
                    _sdp(),
                )
            case "SETUP":
                if "interleaved" not in headers.get("transport", ""):
                    return 461, "", ""
                self._ready = True
                how = "RTP/AVP/TCP;unicast;interleaved=0-1"
                return 200, f"Transport: {how}\r\nSession: {SESSION}\r\n", ""
            case "PLAY":
                return (
                    (200, f"Session: {SESSION}\r\nRange: npt=0-\r\n", "")
                    if self._ready
                    else (455, "", "")
                )
            case "GET_PARAMETER" | "SET_PARAMETER" | "TEARDOWN":
                return 200, f"Session: {SESSION}\r\n", ""
            case _:
                return 405, f"Allow: {METHODS}\r\n", ""

    def _known(self, headers: Mapping[str, str]) -> bool:
        if self.server.login is None:
            return True
        given = headers.get("authorization", "").removeprefix("Basic ")
        right = base64.b64encode(self.server.login.encode()).decode()
        return hmac.compare_digest(given.encode(), right.encode())

    def _say(self, status: int, number: str, more: str, body: str) -> None:
        text = f"RTSP/1.0 {status} {REASONS[status]}\r\nCSeq: {number}\r\n{more}"
        text += f"Content-Length: {len(body)}\r\n\r\n{body}" if body else "\r\n"
        with self._lock:
            self.wfile.write(text.encode())

    def _send(self) -> None:
        """Pictures as they are made, until one side ends."""
        number = sequence = 0
        with contextlib.suppress(OSError, NotSendable):
            while not self._over.is_set():
                number, frame = self.server.player.after(number, 1.0)
                if number < 0 or (frame is not None and frame.jpeg is None):
                    self.connection.shutdown(2)  # ended, or without power: the line is cut
                    return
                if frame is None or frame.jpeg is None or number == self._sent:
                    continue
                self._sent = number
                stamp = int(frame.t / self.server.player.scale * CLOCK_HZ)
                made = packets(parts(frame.jpeg), sequence, stamp)
                sequence += len(made)
                framed = b"".join(b"$\x00" + struct.pack(">H", len(one)) + one for one in made)
                with self._lock:
                    self.wfile.write(framed)

    _sent = 0


def _sdp() -> str:
    """RFC 8866; the picture's size is in the payload itself."""
    return (
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}\r\na=control:track1\r\n"
    )


@contextmanager
def served_rtsp(player: Player, host: str, port: int, login: str | None = None) -> Iterator[int]:
    """The port it serves on while entered; `login` "name:password" is asked for (Basic). Raises OSError."""
    server = _Server((host, port), player, login)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="rtsp", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
