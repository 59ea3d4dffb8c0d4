"""PUT, HEAD, GET /v1/evidence: resumable, hashed before it is believed, never shown by a browser."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from hub.api.evidence import PART_BYTES
from hub.store import gateways
from hub.store.blobs import MAX_BLOB_BYTES
from tests.hub.assembled import Hub, assembled
from tests.hub.detections import DISTRICT, at
from tests.hub.signing_box import KID, SigningBox
from tests.hub.store.test_blobs import jpeg, png

ALIBI = "application/vnd.edile.alibi"
CONTENT = b'{"frames": "' + b"ab" * 5_000 + b'"}'
NAME = sha256(CONTENT).hexdigest()


@pytest.fixture
def hub(migrated_url: str, tmp_path: Path) -> Iterator[Hub]:
    with assembled(migrated_url, tmp_path) as made:
        yield made


def put(
    hub: Hub,
    part: bytes,
    offset: int,
    *,
    whole: bytes = CONTENT,
    media: str = ALIBI,
    **wrong: object,
) -> httpx.Response:
    name = sha256(whole).hexdigest()
    headers = {
        "Upload-Offset": str(offset),
        "Upload-Length": str(len(whole)),
        "Content-Type": media,
    }
    bound = {"blob": name, "off": offset, "total": len(whole), **wrong}
    return hub.ask("PUT", f"/v1/evidence/{name}", "evidence.put", part, headers=headers, **bound)


def head(hub: Hub, name: str = NAME, **wrong: object) -> httpx.Response:
    bound = {"blob": name, "off": 0, "total": len(CONTENT), **wrong}
    return hub.ask("HEAD", f"/v1/evidence/{name}", "evidence.put", **bound)


def test_an_upload_goes_on_where_it_was_cut_off(hub: Hub) -> None:
    assert head(hub).status_code == 404
    first = put(hub, CONTENT[:4000], 0)
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "4000")
    asked = head(hub)
    assert (asked.status_code, asked.headers["Upload-Offset"]) == (200, "4000")
    again = put(hub, CONTENT[:4000], 0)
    assert (again.status_code, again.headers["Upload-Offset"]) == (409, "4000")
    ahead = put(hub, CONTENT[5000:], 5000)
    assert (ahead.status_code, ahead.headers["Upload-Offset"]) == (409, "4000")
    last = put(hub, CONTENT[4000:], 4000)
    assert (last.status_code, last.headers["Upload-Offset"]) == (201, str(len(CONTENT)))
    done = head(hub)
    assert (done.headers["Upload-Offset"], done.headers["Upload-Length"]) == (
        str(len(CONTENT)),
    ) * 2
    assert put(hub, CONTENT[:10], 0).status_code == 201  # a lost answer, asked again


def test_reading_takes_a_persons_token_is_a_download_and_is_audited(hub: Hub) -> None:
    put(hub, CONTENT, 0)
    path = f"/v1/evidence/{NAME}"
    assert hub.client.get(path).status_code == 401
    got = hub.client.get(path, headers=hub.bearer["viewer"])
    assert (got.status_code, got.content) == (200, CONTENT)
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    with hub.database.read() as conn:
        seen = conn.execute(sa.text("SELECT actor, action, subject FROM audit ORDER BY seq")).all()
    assert tuple(seen[-1]) == ("token/viewer", "evidence-viewed", f"evidence/{NAME}")
    absent = hub.client.get(f"/v1/evidence/{'0' * 64}", headers=hub.bearer["viewer"])
    assert absent.status_code == 404


@pytest.mark.parametrize(
    ("whole", "media", "why"),
    [
        (png(5200, 5000), "image/png", "pixels"),
        (jpeg(6000, 5000), "image/jpeg", "pixels"),
        (b"<html><script>alert(1)</script>", "image/jpeg", "no JPEG"),
        (b"<html>", "text/html", "not taken"),
    ],
)
def test_what_is_no_evidence_is_refused_and_forgotten(
    hub: Hub, whole: bytes, media: str, why: str
) -> None:
    answer = put(hub, whole, 0, whole=whole, media=media)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:edile:problem:evidence")
    assert why in answer.json()["detail"]
    assert head(hub, sha256(whole).hexdigest()).status_code == 404


def test_bytes_with_another_hash_are_never_believed(hub: Hub) -> None:
    other = CONTENT.replace(b"ab", b"ba")
    answer = put(hub, other, 0)
    assert answer.status_code == 422
    assert head(hub).status_code == 404
    assert put(hub, CONTENT, 0).status_code == 201


def test_no_box_can_spoil_what_another_brings(hub: Hub) -> None:
    own, other = hub.box, SigningBox(kid="cs-018#1")
    with hub.database.write() as conn:
        pem = other.key.public.to_pem()
        gateways.add_key(
            conn, kid=other.kid, public_pem=pem, district=DISTRICT, unit=None, at=at(0)
        )
    hub.box = other
    assert put(hub, b"x" * 100, 0).status_code == 204
    hub.box = own
    assert put(hub, CONTENT, 0).status_code == 201


@pytest.mark.parametrize(
    "wrong", [{"blob": "00" * 32}, {"off": 1}, {"total": 99_999}, {"blob": None}]
)
def test_a_token_for_another_part_is_401(hub: Hub, wrong: dict[str, object]) -> None:
    assert put(hub, CONTENT, 0, **wrong).status_code == 401
    assert head(hub).status_code == 404


def test_a_media_type_that_the_token_names_is_the_one_sent(hub: Hub) -> None:
    bound = {"blob": NAME, "off": 0, "total": len(CONTENT)}
    headers = {"Upload-Offset": "0", "Upload-Length": str(len(CONTENT)), "Content-Type": ALIBI}
    for claimed, status in ((ALIBI, 201), ("image/jpeg", 401)):
        answer = hub.ask(
            "PUT", f"/v1/evidence/{NAME}", "evidence.put", CONTENT, headers=headers,
            media=claimed, **bound,
        )  # fmt: skip
        assert answer.status_code == status


def test_a_token_for_another_blob_asks_in_vain(hub: Hub) -> None:
    put(hub, CONTENT[:10], 0)
    assert head(hub, blob="00" * 32).status_code == 401


@pytest.mark.parametrize("name", ["../../hub.db", "A" * 64, "0" * 63, "%00" + "0" * 63])
def test_names_are_hashes_and_nothing_else(hub: Hub, name: str) -> None:
    answer = hub.client.get(f"/v1/evidence/{name}", headers=hub.bearer["viewer"])
    assert answer.status_code in {404, 422}


def test_sizes_have_limits(hub: Hub) -> None:
    assert put(hub, CONTENT, 0, total=MAX_BLOB_BYTES + 1).status_code == 401
    name = "0" * 64
    huge = {"Upload-Offset": "0", "Upload-Length": str(MAX_BLOB_BYTES + 1), "Content-Type": ALIBI}
    bound = {"blob": name, "off": 0, "total": MAX_BLOB_BYTES + 1}
    path = f"/v1/evidence/{name}"
    asked = hub.ask("PUT", path, "evidence.put", b"x", headers=huge, **bound)
    assert (asked.status_code, asked.json()["limit"]) == (413, MAX_BLOB_BYTES)
    part = b"x" * (PART_BYTES + 128 * 1024)
    assert put(hub, part, 0, whole=part).status_code == 413
    assert put(hub, CONTENT + b"more", 0).status_code == 413
    no_number = {**huge, "Upload-Offset": "-1"}
    assert hub.ask("PUT", path, "evidence.put", headers=no_number, **bound).status_code == 400


def test_a_revoked_box_brings_nothing(hub: Hub) -> None:
    with hub.database.write() as conn:
        gateways.set_key_state(conn, KID, "revoked")
    assert put(hub, CONTENT, 0).status_code == 401


def test_a_folder_that_cannot_be_written_is_weather(hub: Hub) -> None:
    partial = hub.config.data_dir / "evidence" / "partial"
    partial.rmdir()
    partial.write_text("a file in the way")
    answer = put(hub, CONTENT, 0)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    partial.unlink()
    partial.mkdir()
    assert put(hub, CONTENT, 0).status_code == 201
