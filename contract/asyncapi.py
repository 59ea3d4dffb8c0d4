"""The AsyncAPI 3.0.0 document of the MQTT binding (contract §5).

Source: AsyncAPI specification 3.0.0; MQTT bindings 0.2.0 for `qos`. Payload schemas are references to
the JSON Schema files beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract.mqtt_binding import MAX_FRAME_BYTES, QOS
from contract.names import SLUG, Lane

VERSION = "3.0.0"
_MQTT = {"mqtt": {"qos": QOS, "bindingVersion": "0.2.0"}}
_FRAME = (
    "A frame: the byte 0xE1, the token's length as u16 big-endian, the token, the body. The body is the "
    "same bytes as over HTTP (zstd or plain JSON, told apart by the first byte). "
)


def document(lanes: Mapping[str, Lane]) -> dict[str, Any]:
    """`lanes`: the lane of each event type."""
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Edile gateways over MQTT",
            "version": "1",
            "description": "Events go up, sync replies come down. The broker is not trusted: every "
            "frame is signed, so that it can only drop or delay.",
        },
        "defaultContentType": "application/octet-stream",
        "channels": {
            "up": _channel("up", {"batch": _batch(), "request": _request()}),
            "down": _channel("down", {"reply": _reply()}),
        },
        "operations": {
            "sendBatch": _operation("send", "up", "batch", reply="down"),
            "sendRequest": _operation("send", "up", "request", reply="down"),
            "receiveReply": _operation("receive", "down", "reply"),
        },
        "components": {"messages": {name: _event(name, lane) for name, lane in lanes.items()}},
    }


def _channel(direction: str, messages: dict[str, Any]) -> dict[str, Any]:
    return {
        "address": f"edile/1/{{district}}/{{slot}}/{direction}",
        "messages": messages,
        "parameters": {
            "district": {"description": f"The tenant: {SLUG.pattern}"},
            "slot": {"description": f"The gateway position: {SLUG.pattern}"},
        },
    }


def _batch() -> dict[str, Any]:
    return _framed(
        "Events of one lane",
        "token-claims.json (op events.batch), header typ edile-msg+jwt, signed by the box.",
        "batch.json",
    )


def _request() -> dict[str, Any]:
    return _framed(
        "Everything else that a box asks",
        "token-claims.json (op evidence.put, desired.get or time.get: the HTTP request of the same "
        "name, its headers taken from the claims), header typ edile-msg+jwt, signed by the box.",
        None,
    )


def _reply() -> dict[str, Any]:
    return _framed(
        "The hub's answer",
        "down-claims.json (`re`: SHA-256 of the frame that is answered; `st`, `hd`: HTTP status and "
        "headers), header typ edile-down+jwt, signed by the hub's command key.",
        "sync-reply.json",
    )


def _framed(title: str, token: str, body: str | None) -> dict[str, Any]:
    """`body`: its schema, None where it is bytes."""
    described = {} if body is None else {"x-edile-body": {"$ref": body}}
    return {
        "title": title,
        "description": f"{_FRAME}Token: {token} Body: {body or 'bytes'}",
        "contentType": "application/octet-stream",
        "payload": {"type": "string", "format": "binary", "maxLength": MAX_FRAME_BYTES},
        **described,
    }


def _operation(
    action: str, channel: str, message: str, *, reply: str | None = None
) -> dict[str, Any]:
    answer = {} if reply is None else {"reply": {"channel": {"$ref": f"#/channels/{reply}"}}}
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{message}"}],
        "bindings": _MQTT,
        **answer,
    }


def _event(wire_type: str, lane: Lane) -> dict[str, Any]:
    """One item of a batch, as readers of the events themselves need it."""
    return {
        "name": wire_type,
        "title": wire_type,
        "description": f"Lane {lane}.",
        "contentType": "application/cloudevents+json",
        "payload": {
            "allOf": [
                {"$ref": "envelope.json"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": wire_type},
                        "data": {"$ref": f"{wire_type}.json"},
                    },
                },
            ]
        },
    }
