from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract import schema
from contract.payloads.registry import PAYLOADS
from tests.contract.event_samples import PAYLOAD_SAMPLES


def parsed() -> dict[str, Any]:
    return {name: json.loads(text) for name, text in schema.documents().items()}


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from references(inner)


def test_the_committed_schemas_are_those_of_the_program_byte_for_byte() -> None:
    """When this is red, read the difference: the wire has changed. Then: edile contract schema"""
    committed = {path.name: path.read_bytes() for path in schema.FOLDER.iterdir()}
    assert committed == schema.documents()


def test_there_is_a_schema_of_every_event_type() -> None:
    assert {f"{name}.json" for name in PAYLOADS} <= schema.documents().keys()


def test_every_reference_leads_somewhere() -> None:
    files = parsed()
    ids = {document["$id"] for document in files.values() if "$id" in document}
    for name, document in files.items():
        for reference in references(document):
            file, _, pointer = reference.partition("#")
            target = document if not file else files.get(file, {} if file in ids else None)
            assert target is not None, f"{name}: {reference}"
            for step in pointer.strip("/").split("/") if pointer else ():
                target = target[step]


def test_every_schema_names_its_dialect_and_itself() -> None:
    for name, document in parsed().items():
        if name == schema.ASYNCAPI_FILE:
            continue
        assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert document["$id"] == f"urn:edile:schema:{name.removesuffix('.json')}"


@pytest.mark.parametrize("payload", PAYLOAD_SAMPLES, ids=lambda payload: payload.wire_type)
def test_a_schema_lists_what_is_written_and_requires_nothing_else(payload: msgspec.Struct) -> None:
    document = json.loads(schema.documents()[f"{payload.wire_type}.json"])  # type: ignore[attr-defined]
    written = json.loads(msgspec.json.encode(payload)).keys()
    assert set(document["required"]) <= written <= document["properties"].keys()


def test_the_asyncapi_document_has_both_channels_and_every_message() -> None:
    document = parsed()[schema.ASYNCAPI_FILE]
    assert document["asyncapi"] == "3.0.0"
    addresses = {name: channel["address"] for name, channel in document["channels"].items()}
    assert addresses == {
        "up": "edile/1/{district}/{slot}/up",
        "down": "edile/1/{district}/{slot}/down",
    }
    assert document["components"]["messages"].keys() == PAYLOADS.keys()
    actions = {name: each["action"] for name, each in document["operations"].items()}
    assert actions == {"sendBatch": "send", "sendRequest": "send", "receiveReply": "receive"}


def test_writing_mends_what_differs_and_deletes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "schemas"
    assert schema.write(folder) == sorted(schema.documents())
    assert schema.write(folder) == []
    (folder / "area.json").write_text("{}")
    (folder / "receipt.json").unlink()
    (folder / "mine.json").write_text("{}")
    assert schema.differences(folder) == ["area.json", "mine.json", "receipt.json"]
    assert schema.write(folder) == ["area.json", "receipt.json"]
    assert schema.differences(folder) == ["mine.json"]
