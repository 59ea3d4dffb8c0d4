"""Signatures that other programs made."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from hub.notifying.signing import key_of, new_secret, sign

# standard-webhooks/standard-webhooks, libraries/python/tests/test_webhooks.py and
# libraries/javascript/src/webhook.test.ts: the vector that all its libraries share
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, TIMESTAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_vector_of_the_standard_webhooks_libraries_is_met() -> None:
    assert sign([SECRET], ID, TIMESTAMP, BODY) == {
        "webhook-id": ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_a_secret_without_its_prefix_is_the_same_secret() -> None:
    assert key_of(SECRET) == key_of(SECRET.removeprefix("whsec_"))


def test_two_secrets_make_two_signatures_in_one_header() -> None:
    other = new_secret(bytes)
    header = sign([other, SECRET], ID, TIMESTAMP, BODY)["webhook-signature"]
    assert header.split(" ")[1] == SIGNATURE
    assert header.count("v1,") == 2


def test_a_new_secret_is_random_and_long_enough() -> None:
    drawn = bytes(range(32))
    assert key_of(new_secret(lambda n: drawn[:n])) == drawn


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_not base64", "whsec_" + base64.b64encode(bytes(23)).decode()],
)
def test_what_is_no_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        key_of(secret)


def test_bytes_beyond_ascii_are_signed_as_they_are_sent() -> None:
    body = '{"地点":"东风路"}'.encode()
    mark = hmac.new(key_of(SECRET), b"msg_1.7." + body, hashlib.sha256).digest()
    assert sign([SECRET], "msg_1", 7, body)["webhook-signature"] == (
        "v1," + base64.b64encode(mark).decode()
    )
