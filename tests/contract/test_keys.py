from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.jws import BadJws, b64, unb64
from contract.keys import Alg, PrivateKey, PublicKey
from tests.contract.token_cases import ALGS

PKCS8, SPKI = serialization.PrivateFormat.PKCS8, serialization.PublicFormat.SubjectPublicKeyInfo
PEM = serialization.Encoding.PEM


@pytest.mark.parametrize("alg", ALGS)
def test_keys_survive_their_files(alg: Alg) -> None:
    key = PrivateKey.generate(alg)
    again = PrivateKey.from_pem(key.to_pem())
    assert again.alg == alg
    assert again.public.to_pem() == key.public.to_pem()
    assert PublicKey.from_pem(key.public.to_pem()).verifies(again.sign(b"x"), b"x")


@pytest.mark.parametrize("alg", ALGS)
@settings(max_examples=40)
@given(st.binary(max_size=100))
def test_every_signature_we_write_is_canonical_and_verifies(alg: Alg, data: bytes) -> None:
    key = PrivateKey.generate(alg)
    signature = key.sign(data)
    assert len(signature) == 64
    assert key.public.is_canonical(signature)
    assert key.public.verifies(signature, data)
    assert not key.public.verifies(signature, data + b"x")


@pytest.mark.parametrize("alg", ALGS)
@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(64), bytes(65), b"\xff" * 64])
def test_bytes_that_are_no_signature_are_false_not_an_error(alg: Alg, signature: bytes) -> None:
    assert not PrivateKey.generate(alg).public.verifies(signature, b"x")


def test_a_der_signature_is_not_a_jose_signature() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.sign(b"x", ec.ECDSA(SHA256()))
    assert not PublicKey("ES256", key.public_key()).verifies(der, b"x")


FOREIGN = (
    rsa.generate_private_key(public_exponent=65_537, key_size=2048),
    ec.generate_private_key(ec.SECP384R1()),
)


@pytest.mark.parametrize("foreign", FOREIGN, ids=["rsa", "p-384"])
def test_keys_of_other_kinds_are_refused(foreign: rsa.RSAPrivateKey) -> None:
    with pytest.raises(ValueError, match="Ed25519 or P-256"):
        PrivateKey.from_pem(foreign.private_bytes(PEM, PKCS8, serialization.NoEncryption()))
    with pytest.raises(ValueError, match="Ed25519 or P-256"):
        PublicKey.from_pem(foreign.public_key().public_bytes(PEM, SPKI).decode())


def test_an_encrypted_key_file_says_so() -> None:
    encrypted = ed25519.Ed25519PrivateKey.generate().private_bytes(
        PEM, PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    with pytest.raises(ValueError, match="encrypted"):
        PrivateKey.from_pem(encrypted)


@pytest.mark.parametrize(
    "text", ["", "hello", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
)
def test_text_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        PublicKey.from_pem(text)
    with pytest.raises(ValueError):
        PrivateKey.from_pem(text.encode())


def test_a_private_key_is_no_public_key() -> None:
    key = PrivateKey.generate()
    with pytest.raises(ValueError):
        PublicKey.from_pem(key.to_pem().decode())
    with pytest.raises(ValueError):
        PrivateKey.from_pem(key.public.to_pem().encode())


def test_a_fingerprint_names_the_key_and_not_its_file() -> None:
    key = PrivateKey.generate().public
    assert PublicKey.from_pem(key.to_pem() + "\n").fingerprint() == key.fingerprint()
    assert PrivateKey.generate().public.fingerprint() != key.fingerprint()
    assert len(key.fingerprint()) == 64


@given(st.binary(max_size=64))
def test_base64url_is_read_back(data: bytes) -> None:
    assert unb64(b64(data)) == data


@given(st.text("ABab01-_=+/. \n", max_size=12))
def test_there_is_one_way_to_write_base64url(text: str) -> None:
    try:
        data = unb64(text)
    except BadJws:
        return
    assert b64(data) == text
