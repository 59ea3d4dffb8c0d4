"""Links as text: `serial:PATH?baud=9600&bytesize=8&parity=N&stopbits=1` or `tcp:HOST:PORT`. A wrong
one is refused with what was expected; nothing is opened here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import parse_qsl

Parity = Literal["N", "E", "O"]
BAUDS = (300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200)
_CHOICES: dict[str, tuple[str, ...]] = {
    "baud": tuple(str(baud) for baud in BAUDS),
    "bytesize": ("7", "8"),
    "parity": ("N", "E", "O"),
    "stopbits": ("1", "2"),
}


@dataclass(frozen=True, slots=True)
class SerialLink:
    """A serial port and how its characters are framed."""

    path: str
    baud: int = 9600
    bytesize: int = 8
    parity: Parity = "N"
    stopbits: int = 1


@dataclass(frozen=True, slots=True)
class TcpLink:
    """A serial converter or a device on the network that waits for connections."""

    host: str
    port: int

    @property
    def path(self) -> str:
        return f"{self.host}:{self.port}"


Link = SerialLink | TcpLink


def parse_link(text: str) -> Link:
    """ValueError saying what was expected."""
    if text.startswith("tcp:"):
        return parse_tcp_link(text)
    if text.startswith("serial:"):
        return parse_serial_link(text)
    raise ValueError("serial:PATH?baud=9600 or tcp:HOST:PORT")


def serial_ports(devices: Iterable[Any]) -> list[tuple[str, str]]:
    """(device id, path) of each serial port that the devices of gw.toml name."""
    links = [(str(one.id), getattr(one, "link", None)) for one in devices]
    parsed = [(name, parse_link(text)) for name, text in links if isinstance(text, str)]
    return [(name, link.path) for name, link in parsed if isinstance(link, SerialLink)]


def parse_tcp_link(text: str) -> TcpLink:
    """Where to connect to, or to listen; ValueError saying what was expected. IPv6 in brackets."""
    scheme, _, rest = text.partition(":")
    host, colon, port = rest.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    plain = bare and not set(bare) & set("/?#@ ") and (":" not in bare or bare != host)
    if scheme != "tcp" or not colon or not plain or not port.isascii() or not port.isdigit():
        raise ValueError('"tcp:" with a host and a port, such as tcp:192.168.1.7:4001')
    if not 0 < int(port) < 65_536:
        raise ValueError(f"a port from 1 to 65535, not {port}")
    return TcpLink(bare, int(port))


def parse_serial_link(text: str) -> SerialLink:
    """ValueError saying what was expected."""
    scheme, colon, rest = text.partition(":")
    path, mark, query = rest.partition("?")
    if scheme != "serial" or not colon or not path:
        raise ValueError('"serial:" and the path of a port, such as serial:/dev/ttyUSB0?baud=9600')
    given: dict[str, str] = {}
    if mark:
        try:
            pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
        except ValueError:
            raise ValueError(
                f"settings like baud=9600&parity=N after the ?, not {query!r}"
            ) from None
        for key, value in pairs:
            _check(key, value, given)
            given[key] = value
    return SerialLink(
        path=path,
        baud=int(given.get("baud", "9600")),
        bytesize=int(given.get("bytesize", "8")),
        parity=cast("Parity", given.get("parity", "N")),
        stopbits=int(given.get("stopbits", "1")),
    )


def _check(key: str, value: str, given: dict[str, str]) -> None:
    if key not in _CHOICES:
        raise ValueError(f"only {', '.join(_CHOICES)} after the ?, not {key!r}")
    if key in given:
        raise ValueError(f"{key} once, not twice")
    if value not in _CHOICES[key]:
        raise ValueError(f"{key} one of {', '.join(_CHOICES[key])}, not {value!r}")
