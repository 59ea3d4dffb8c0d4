"""Where a broker is, as gw.toml and the command line write it:
`mqtt://HOST[:PORT]` or `mqtts://HOST[:PORT]`, with `?version=5` for MQTT 5.0 instead of 3.1.1.

3.1.1 unless said otherwise: every broker speaks it, and the binding needs nothing of 5.0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import parse_qsl, unquote, urlsplit

Version = Literal["3.1.1", "5"]
SCHEMES = ("mqtt", "mqtts")
_PORTS = {"mqtt": 1883, "mqtts": 8883}  # IANA service names mqtt, secure-mqtt
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class BrokerUrl:
    """`username` and `password` are the broker's own account, where the URL names one. As text
    without either."""

    scheme: str
    host: str
    port: int
    version: Version = "3.1.1"
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def tls(self) -> bool:
        return self.scheme == "mqtts"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def parse_broker_url(text: str) -> BrokerUrl:
    """ValueError says what was expected. Without TLS only to this machine."""
    parts = urlsplit(text)
    if parts.scheme not in SCHEMES or not parts.hostname or parts.path.strip("/"):
        raise ValueError("mqtts://HOST[:PORT], or mqtt:// to this machine (127.0.0.1) only")
    if parts.scheme == "mqtt" and parts.hostname not in _LOOPBACK:
        raise ValueError(f"mqtts:// for {parts.hostname}; mqtt:// only to this machine (127.0.0.1)")
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError as error:
        raise ValueError("a port from 1 to 65535") from error
    user, secret = parts.username, parts.password
    return BrokerUrl(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port,
        version=_version(parts.query),
        username=None if user is None else unquote(user),
        password=None if secret is None else unquote(secret),
    )


def _version(query: str) -> Version:
    settings = dict(parse_qsl(query, keep_blank_values=True))
    version = settings.pop("version", "3.1.1")
    if settings or version not in ("3.1.1", "5"):
        raise ValueError("after the ?, only version=3.1.1 or version=5")
    return cast(Version, version)
