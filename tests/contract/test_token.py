from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from contract.jws import b64, mint_jws, unb64
from contract.keys import Alg, PrivateKey
from contract.token import LEEWAY_S, LIFETIME_S, TYP, Refusal, TokenRefused
from tests.contract.token_cases import (
    ALGS,
    BODY,
    HUB,
    KID,
    NOW_S,
    Gate,
    batch_claims,
    good_token,
    upload_token,
)

BY_ALG = {alg: PrivateKey.generate(alg) for alg in ALGS}


@pytest.fixture(params=ALGS)
def key(request: pytest.FixtureRequest) -> PrivateKey:
    return BY_ALG[request.param]


def refusal(gate: Gate, token: str, **how: object) -> Refusal:
    with pytest.raises(TokenRefused) as refused:
        gate.verify(token, **how)  # type: ignore[arg-type]
    return refused.value.reason


def with_header(key: PrivateKey, **members: object) -> str:
    """A token with any header, signed properly by the right key."""
    header = {"alg": key.alg, "typ": TYP, "kid": KID, **members}
    payload = good_token(key).split(".")[1]
    signing = f"{b64(json.dumps(header).encode())}.{payload}"
    return f"{signing}.{b64(key.sign(signing.encode()))}"


def test_a_good_token_is_believed_and_says_who_sent_what(key: PrivateKey) -> None:
    verified = Gate(key).verify(good_token(key))
    assert verified.kid == KID
    assert verified.claims == batch_claims()


def test_a_batch_may_come_twice_but_anything_else_is_a_replay(key: PrivateKey) -> None:
    gate = Gate(key)
    batch, upload = good_token(key), upload_token(key)
    gate.verify(batch)
    gate.verify(batch)
    gate.verify(upload, op="evidence.put")
    assert refusal(gate, upload, op="evidence.put") == "replay"


def test_a_refused_token_is_not_remembered(key: PrivateKey) -> None:
    gate = Gate(key)
    token = upload_token(key)
    assert refusal(gate, token, op="evidence.put", body=b"other") == "body"
    gate.verify(token, op="evidence.put")


def test_every_flipped_bit_of_a_token_is_refused(key: PrivateKey) -> None:
    gate = Gate(key)
    token = good_token(key).encode()
    for at in range(len(token)):
        for bit in range(7):
            flipped = bytearray(token)
            flipped[at] ^= 1 << bit
            refusal(gate, flipped.decode())


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"op": "desired.get"}, "op"),
        ({"audience": "tianhe-hub"}, "audience"),
        ({"body": BODY + b" "}, "body"),
        ({"body": BODY.replace(b"1", b"2", 1)}, "body"),
        ({"now_s": NOW_S + LIFETIME_S + LEEWAY_S + 1}, "clock"),
        ({"now_s": NOW_S - LEEWAY_S - 1}, "clock"),
        ({"now_s": 0}, "clock"),
    ],
)
def test_a_token_is_good_for_one_use_only(
    key: PrivateKey, how: dict[str, object], reason: Refusal
) -> None:
    assert refusal(Gate(key), good_token(key), **how) == reason


@pytest.mark.parametrize("now_s", [NOW_S - LEEWAY_S, NOW_S + LIFETIME_S + LEEWAY_S])
def test_the_leeway_ends_where_the_contract_says(key: PrivateKey, now_s: int) -> None:
    assert Gate(key).verify(good_token(key), now_s=now_s).kid == KID


@pytest.mark.parametrize("state", ["revoked", "pending"])
def test_the_key_table_rules(key: PrivateKey, state: Refusal) -> None:
    gate = Gate(key, state=state)  # type: ignore[arg-type]
    assert refusal(gate, good_token(key)) == state


def test_a_key_being_rotated_out_is_still_good_and_a_pending_one_may_enrol(key: PrivateKey) -> None:
    assert Gate(key, state="drain").verify(good_token(key)).kid == KID
    enrol = good_token(key, op="enrol")
    assert Gate(key, state="pending").verify(enrol, op="enrol").kid == KID
    assert refusal(Gate(key, state="revoked"), enrol, op="enrol") == "revoked"


def test_an_unknown_key_is_refused(key: PrivateKey) -> None:
    assert refusal(Gate(key), mint_jws(key, "cs-018#1", TYP, batch_claims())) == "unknown-key"


def test_another_boxes_key_cannot_speak_for_this_one(key: PrivateKey) -> None:
    other = PrivateKey.generate(key.alg)
    assert refusal(Gate(key), good_token(other)) == "signature"


def test_a_hub_nonce_replaces_the_clock_once_it_is_the_hubs_own(key: PrivateKey) -> None:
    token = good_token(key, nonce="n-1", iat=100, exp=100 + LIFETIME_S)
    assert Gate(key).verify(token, nonces=["n-1"]).claims.nonce == "n-1"
    assert refusal(Gate(key), token) == "clock"
    assert refusal(Gate(key), token, nonces=["n-2"]) == "clock"
    assert refusal(Gate(key), token, nonces=["n-1"], body=b"") == "body"


def test_who_asks_for_the_time_need_not_know_it(key: PrivateKey) -> None:
    token = good_token(key, op="time.get", iat=100, exp=100 + LIFETIME_S)
    assert Gate(key).verify(token, op="time.get").claims.iat == 100


def test_no_algorithm_is_no_signature(key: PrivateKey) -> None:
    signing = with_header(key, alg="none").rsplit(".", 1)[0]
    for alg in ("none", "None", "NONE", ""):
        assert refusal(Gate(key), with_header(key, alg=alg)) == "alg"
    assert refusal(Gate(key), f"{signing}.") == "alg"


def test_the_public_key_is_no_shared_secret(key: PrivateKey) -> None:
    signing = with_header(key, alg="HS256").rsplit(".", 1)[0]
    for secret in (key.public.to_pem().encode(), b""):
        forged = hmac.new(secret, signing.encode(), hashlib.sha256).digest()
        assert refusal(Gate(key), f"{signing}.{b64(forged)}") == "alg"


def test_a_header_cannot_choose_the_algorithm(key: PrivateKey) -> None:
    other: Alg = "ES256" if key.alg == "EdDSA" else "EdDSA"
    assert refusal(Gate(key), with_header(key, alg=other)) == "alg"
    assert refusal(Gate(key), good_token(BY_ALG[other])) == "alg"


@pytest.mark.parametrize(
    "member",
    [
        {"jku": "https://attacker.example/keys"},
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}},
        {"x5u": "https://attacker.example/cert"},
        {"x5c": ["MIIB"]},
        {"x5t": "AAAA"},
        {"crit": ["exp"]},
        {"b64": False},
        {"zip": "DEF"},
    ],
)
def test_headers_that_bring_keys_or_rules_are_refused(
    key: PrivateKey, member: dict[str, object]
) -> None:
    assert refusal(Gate(key), with_header(key, **member)) == "header"


def test_a_token_of_another_type_is_refused(key: PrivateKey) -> None:
    for typ in ("JWT", "edile-receipt+jwt", "edile-cmd+jwt"):
        assert refusal(Gate(key), mint_jws(key, KID, typ, batch_claims())) == "typ"


def test_a_truncated_token_is_refused(key: PrivateKey) -> None:
    token = good_token(key)
    for size in range(len(token)):
        refusal(Gate(key), token[:size])


@pytest.mark.parametrize("missing", ["ep", "ln", "sq", "ch"])
def test_a_batch_names_its_epoch_lane_range_and_chain_head(key: PrivateKey, missing: str) -> None:
    assert refusal(Gate(key), good_token(key, **{missing: None})) == "claims"


@pytest.mark.parametrize("sq", [(0, 0), (-1, 3), (5, 3), (2, 0)])
def test_a_batch_range_that_cannot_be_is_refused(key: PrivateKey, sq: tuple[int, int]) -> None:
    assert refusal(Gate(key), good_token(key, sq=sq)) == "claims"


@pytest.mark.parametrize(
    "changes", [{"blob": None}, {"off": None}, {"total": None}, {"off": -1}, {"off": len(BODY) + 1}]
)
def test_an_upload_names_the_blob_and_where_its_part_belongs(
    key: PrivateKey, changes: dict[str, object]
) -> None:
    gate = Gate(key)
    assert refusal(gate, upload_token(key, **changes), op="evidence.put") == "claims"
    assert gate.verify(upload_token(key), op="evidence.put").claims.off == 0


def test_a_heartbeat_range_is_empty_but_legal(key: PrivateKey) -> None:
    assert Gate(key).verify(good_token(key, sq=(8, 7))).claims.sq == (8, 7)


@pytest.mark.parametrize(
    "changes", [{"exp": NOW_S + LIFETIME_S + 1}, {"exp": NOW_S - 1}, {"jti": "short"}]
)
def test_a_token_may_not_last_longer_or_be_less_unique(
    key: PrivateKey, changes: dict[str, object]
) -> None:
    assert refusal(Gate(key), good_token(key, **changes)) == "claims"


def test_signed_nonsense_is_refused_not_raised(key: PrivateKey) -> None:
    head = with_header(key).split(".")[0]
    for payload in (b"[]", b"{}", b"\xff", b"", b'{"aud":1}', b"null"):
        signing = f"{head}.{b64(payload)}"
        token = f"{signing}.{b64(key.sign(signing.encode()))}"
        assert refusal(Gate(key), token) == "claims"


@pytest.mark.parametrize(
    "text", ["", ".", "..", "...", "a.b", "\ud800.\ud800.a", "é.é.é", "\0.\0.\0"]
)
def test_text_that_is_no_token_is_malformed(key: PrivateKey, text: str) -> None:
    assert refusal(Gate(key), text) in {"malformed", "header"}


def test_padding_and_whitespace_are_refused(key: PrivateKey) -> None:
    token = good_token(key)
    head, payload, signature = token.split(".")
    for other in (f"{token}=", f"{head}=.{payload}.{signature}", f" {token}", f"{token}\n"):
        assert refusal(Gate(key), other) == "malformed"


def test_the_other_ecdsa_signature_of_the_same_message_is_refused() -> None:
    key = BY_ALG["ES256"]
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signing, _, last = good_token(key).rpartition(".")
    signature = unb64(last)
    mirrored = order - int.from_bytes(signature[32:], "big")
    twin = signature[:32] + mirrored.to_bytes(32, "big")
    assert key.public.verifies(twin, signing.encode())  # the mathematics would take it
    assert refusal(Gate(key), f"{signing}.{b64(twin)}") == "signature"


def test_the_audience_is_the_hub_by_its_exact_name(key: PrivateKey) -> None:
    assert refusal(Gate(key), good_token(key, aud=HUB.upper())) == "audience"
