"""What the device tables of gw.toml have in common."""

from __future__ import annotations

ID = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
LINK_DOC = (
    'such as "serial:/dev/ttyUSB0?baud=9600&bytesize=8&parity=N&stopbits=1" or "tcp:10.0.0.7:4001"'
)
