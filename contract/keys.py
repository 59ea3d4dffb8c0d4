"""Signing keys and public keys: Ed25519 (file) and ES256 (TPM habit), on `cryptography`.

The algorithm belongs to the key, never to a message: `PublicKey.verifies` takes no algorithm.
ES256 signatures are the raw r || s of JWS (RFC 7518 §3.4), not DER. Whoever holds (r, s) can write
(r, n - s), which verifies too; we sign with the smaller s, and `is_canonical` knows the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.hashes import SHA256

Alg = Literal["EdDSA", "ES256"]
_ONLY = "a key must be Ed25519 or P-256"
_P256_BYTES = 32
# The order of the group, FIPS 186-4 §D.1.2.3 (also SEC 2 v2 §2.4.2).
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class PublicKey:
    """A public key that knows its algorithm."""

    alg: Alg
    key: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey

    @classmethod
    def from_pem(cls, pem: str) -> PublicKey:
        """SubjectPublicKeyInfo PEM; ValueError for any other kind of key."""
        try:
            key = serialization.load_pem_public_key(pem.encode())
        except UnsupportedAlgorithm as error:
            raise ValueError(_ONLY) from error
        if isinstance(key, ed25519.Ed25519PublicKey):
            return cls("EdDSA", key)
        if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
            return cls("ES256", key)
        raise ValueError(_ONLY)

    def to_pem(self) -> str:
        return self.key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()

    def fingerprint(self) -> str:
        """SHA-256 (hex) of the SubjectPublicKeyInfo, for people to compare."""
        der = self.key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return sha256(der).hexdigest()

    def is_canonical(self, signature: bytes) -> bool:
        """Whether it is the one form that our keys write (a foreign signer may not care)."""
        if self.alg == "EdDSA":
            return True  # the library refuses S >= L itself (RFC 8032 §5.1.7)
        return 2 * int.from_bytes(signature[_P256_BYTES:], "big") <= _P256_ORDER

    def verifies(self, signature: bytes, data: bytes) -> bool:
        try:
            if isinstance(self.key, ed25519.Ed25519PublicKey):
                self.key.verify(signature, data)
            else:
                if len(signature) != 2 * _P256_BYTES:
                    return False
                r = int.from_bytes(signature[:_P256_BYTES], "big")
                s = int.from_bytes(signature[_P256_BYTES:], "big")
                der = utils.encode_dss_signature(r, s)
                self.key.verify(der, data, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class PrivateKey:
    """A signing key; `public` is its other half."""

    alg: Alg
    key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey

    @classmethod
    def generate(cls, alg: Alg = "EdDSA") -> PrivateKey:
        if alg == "EdDSA":
            return cls(alg, ed25519.Ed25519PrivateKey.generate())
        return cls(alg, ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes) -> PrivateKey:
        """Unencrypted PKCS#8 PEM; ValueError for any other kind of key."""
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except UnsupportedAlgorithm as error:
            raise ValueError(_ONLY) from error
        except TypeError as error:
            raise ValueError(
                "the key file is encrypted; store it unencrypted, mode 0600"
            ) from error
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return cls("EdDSA", key)
        if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
            return cls("ES256", key)
        raise ValueError(_ONLY)

    def to_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.alg, self.key.public_key())

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(data)
        r, s = utils.decode_dss_signature(self.key.sign(data, ec.ECDSA(SHA256())))
        s = min(s, _P256_ORDER - s)
        return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")
