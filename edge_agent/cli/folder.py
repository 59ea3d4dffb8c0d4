"""What the commands about stored things share: which data folder, and one view of its events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from edge_agent.app.lock import Running, running_agent
from edge_agent.config.document import read_document
from edge_agent.errors import StopError
from edge_agent.status_page import RUN_HEADER

Config = Annotated[
    Path, typer.Option("--config", "-c", help="The gateway's file, for example gw.toml.")
]
ANSWER_S = 10.0
OK = 200


def data_dir_of(config: Path) -> Path:
    """Only the one key: a file with mistakes elsewhere must not hide what is stored."""
    document = read_document(config)
    section = document.values.get("gateway")
    name = section.get("data_dir") if isinstance(section, dict) else None
    if not isinstance(name, str):
        raise StopError(f"{config}: gateway.data_dir: expected the gateway's folder, found none")
    return document.findings.folder / name


def ask_agent(
    running: Running,
    method: str,
    path: str,
    body: bytes = b"",
    *,
    secret: str = "",
    answer_s: float = ANSWER_S,
) -> dict[str, Any]:
    """The running agent's answer. StopError with its own words when it says no."""
    port = running.status_port or 0
    connection = HTTPConnection("127.0.0.1", port, timeout=answer_s)
    try:
        connection.request(method, path, body, {RUN_HEADER: secret})
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status != OK:
            raise StopError(text.strip())
        told: dict[str, Any] = json.loads(text)
    except (OSError, HTTPException, ValueError) as error:
        raise StopError(f"the running agent (port {port}) does not answer: {error}") from error
    else:
        return told
    finally:
        connection.close()


def agent_at(data_dir: Path) -> Running | None:
    """The running agent, once it can be asked."""
    running = running_agent(data_dir) if data_dir.is_dir() else None
    return running if running and running.status_port else None


def decoded(bodies: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    return (msgspec.json.decode(body, type=dict[str, Any]) for body in bodies)
