"""Receipts, commands, desired state: what the hub signs and a box (or an auditor) opens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import pytest

from contract import commands, desired, receipts
from contract.commands import Command, open_command, sign_command
from contract.desired import Desired, open_desired, sign_desired
from contract.jws import BadJws, mint_jws
from contract.keys import PrivateKey, PublicKey
from contract.receipts import Receipt, open_receipt, sign_receipt

AT = "2026-09-10T00:26:40.001Z"
HUB = PrivateKey.generate()
KID = "baiyun-hub#1"


class Document(NamedTuple):
    typ: str
    value: msgspec.Struct
    sign: Callable[..., str]
    open: Callable[[str, PublicKey], Any]


DOCUMENTS = (
    Document(
        receipts.TYP,
        Receipt(
            slot="cs-017",
            epoch="0C9K2TQ7M4XWZ",
            lane="urgent",
            seq=7,
            chain_head="ab" * 32,
            hub_time=AT,
        ),
        sign_receipt,
        open_receipt,
    ),
    Document(
        commands.TYP,
        Command(id="c-1", slot="cs-017", cmd_seq=4, op="relook", args={"case": "wo-1"}, expires=AT),
        sign_command,
        open_command,
    ),
    Document(
        desired.TYP,
        Desired(slot="cs-017", serial=41, issued=AT, roles={"station": {"min_kg": "400"}}),
        sign_desired,
        open_desired,
    ),
)


@pytest.fixture(params=DOCUMENTS, ids=lambda document: document.typ)
def document(request: pytest.FixtureRequest) -> Document:
    return request.param


def test_what_the_hub_signed_is_opened_as_it_was(document: Document) -> None:
    assert document.open(document.sign(HUB, KID, document.value), HUB.public) == document.value


def test_another_key_is_not_the_hub(document: Document) -> None:
    text = document.sign(PrivateKey.generate(), KID, document.value)
    with pytest.raises(BadJws, match="signature"):
        document.open(text, HUB.public)


def test_a_changed_document_is_not_the_hubs(document: Document) -> None:
    head, payload, signature = document.sign(HUB, KID, document.value).split(".")
    for at in range(0, len(payload), 7):
        other = "A" if payload[at] != "A" else "B"
        with pytest.raises(BadJws):
            document.open(
                f"{head}.{payload[:at]}{other}{payload[at + 1 :]}.{signature}", HUB.public
            )


def test_documents_cannot_stand_in_for_each_other(document: Document) -> None:
    for other in DOCUMENTS:
        if other.typ != document.typ:
            with pytest.raises(BadJws, match="typ"):
                document.open(other.sign(HUB, KID, other.value), HUB.public)


def test_signed_nonsense_is_a_decode_error(document: Document) -> None:
    class Nonsense(msgspec.Struct):
        slot: int = 3

    with pytest.raises(msgspec.DecodeError):
        document.open(mint_jws(HUB, KID, document.typ, Nonsense()), HUB.public)


def test_a_command_the_contract_does_not_list_is_refused() -> None:
    class Odd(msgspec.Struct):
        op: str = "format-disk"
        id: str = "c"
        slot: str = "s"
        cmd_seq: int = 1
        args: dict[str, int] = {}
        expires: str = AT

    with pytest.raises(msgspec.ValidationError, match="op"):
        open_command(mint_jws(HUB, KID, commands.TYP, Odd()), HUB.public)


def test_desired_state_has_no_place_for_identity_or_hub() -> None:
    class Sly(msgspec.Struct):
        slot: str = "cs-017"
        serial: int = 42
        issued: str = AT
        hub: str = "https://attacker.example"

    with pytest.raises(msgspec.ValidationError, match="unknown field `hub`"):
        open_desired(mint_jws(HUB, KID, desired.TYP, Sly()), HUB.public)
