"""Signatures made by others, so that ours are not only at one with themselves."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from contract.jws import BadJws, b64, open_jws, unb64
from contract.keys import PrivateKey, PublicKey

# RFC 8037 (CFRG ECDH and signatures in JOSE) appendix A.1, A.2, A.4; layer: compact JWS text.
OKP_D = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
OKP_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
OKP_SIGNING = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
OKP_SIGNATURE = (
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)

# RFC 7515 (JWS) appendix A.3; layer: compact JWS text. Its s is the larger of the two possible ones.
EC_X = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
EC_Y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
EC_D = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
EC_SIGNING = (
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
)
EC_SIGNATURE = (
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)


def number(text: str) -> int:
    return int.from_bytes(unb64(text), "big")


def okp_private() -> PrivateKey:
    return PrivateKey("EdDSA", ed25519.Ed25519PrivateKey.from_private_bytes(unb64(OKP_D)))


def okp_public() -> PublicKey:
    return PublicKey("EdDSA", ed25519.Ed25519PublicKey.from_public_bytes(unb64(OKP_X)))


def ec_public() -> PublicKey:
    point = ec.EllipticCurvePublicNumbers(number(EC_X), number(EC_Y), ec.SECP256R1())
    return PublicKey("ES256", point.public_key())


def test_we_sign_ed25519_as_rfc_8037_prints_it() -> None:
    assert b64(okp_private().sign(OKP_SIGNING.encode())) == OKP_SIGNATURE
    assert okp_private().public.to_pem() == okp_public().to_pem()


def test_we_read_the_ed25519_signature_of_rfc_8037() -> None:
    signature = unb64(OKP_SIGNATURE)
    assert okp_public().verifies(signature, OKP_SIGNING.encode())
    assert not okp_public().verifies(signature, OKP_SIGNING.encode() + b"x")


def test_we_read_the_es256_signature_of_rfc_7515() -> None:
    signature = unb64(EC_SIGNATURE)
    assert ec_public().verifies(signature, EC_SIGNING.encode())
    assert not ec_public().verifies(signature, EC_SIGNING.encode()[:-1])
    private = ec.derive_private_key(number(EC_D), ec.SECP256R1())
    assert PrivateKey("ES256", private).public.to_pem() == ec_public().to_pem()


def test_the_foreign_es256_signature_is_valid_but_not_the_form_we_take() -> None:
    assert not ec_public().is_canonical(unb64(EC_SIGNATURE))


def test_the_payload_texts_of_the_rfcs_come_out_of_our_base64url() -> None:
    assert unb64(OKP_SIGNING.split(".")[1]) == b"Example of Ed25519 signing"
    payload = json.loads(unb64(EC_SIGNING.split(".")[1]))
    assert payload == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}


def test_the_rfcs_own_tokens_are_not_tokens_of_ours() -> None:
    """They have neither typ nor kid, and ours must have both."""
    for signing, signature, key in (
        (OKP_SIGNING, OKP_SIGNATURE, okp_public()),
        (EC_SIGNING, EC_SIGNATURE, ec_public()),
    ):
        with pytest.raises(BadJws, match="header"):
            open_jws(f"{signing}.{signature}", "JWT", lambda _, key=key: key)
