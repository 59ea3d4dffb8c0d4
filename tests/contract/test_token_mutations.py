"""Ten thousand damaged tokens of each algorithm; not one may be believed."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from contract.keys import Alg, PrivateKey
from contract.token import TokenRefused
from tests.contract.token_cases import ALGS, Gate, good_token

MUTATIONS = 10_000
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
BEYOND = ".=+/ \n\0é"


def flip(rng: random.Random, token: str, _: str) -> str:
    at = rng.randrange(len(token))
    return token[:at] + chr(ord(token[at]) ^ 1 << rng.randrange(7)) + token[at + 1 :]


def replace(rng: random.Random, token: str, _: str) -> str:
    at = rng.randrange(len(token))
    return token[:at] + rng.choice(ALPHABET + BEYOND) + token[at + 1 :]


def delete(rng: random.Random, token: str, _: str) -> str:
    at = rng.randrange(len(token))
    return token[:at] + token[at + rng.randint(1, 8) :]


def insert(rng: random.Random, token: str, _: str) -> str:
    at = rng.randrange(len(token) + 1)
    return token[:at] + rng.choice(ALPHABET + BEYOND) * rng.randint(1, 4) + token[at:]


def swap_parts(rng: random.Random, token: str, _: str) -> str:
    parts = token.split(".")
    rng.shuffle(parts)
    return ".".join(parts)


def graft(rng: random.Random, token: str, other: str) -> str:
    """A part of another good token of the same box in the place of this one's."""
    parts, donor = token.split("."), other.split(".")
    for at in rng.sample((0, 1, 2), rng.randint(1, 2)):
        parts[at : at + 1] = [donor[at]]
    return ".".join(parts)


def exchange(rng: random.Random, token: str, _: str) -> str:
    first, second = sorted(rng.sample(range(len(token)), 2))
    chars = list(token)
    chars[first], chars[second] = chars[second], chars[first]
    return "".join(chars)


WAYS: tuple[Callable[[random.Random, str, str], str], ...] = (
    flip,
    replace,
    delete,
    insert,
    swap_parts,
    graft,
    exchange,
)


@pytest.mark.parametrize("alg", ALGS)
def test_none_of_ten_thousand_mutations_is_accepted(alg: Alg) -> None:
    rng = random.Random(f"mutations of {alg}")
    key = PrivateKey.generate(alg)
    gate = Gate(key)
    token, other = good_token(key), good_token(key, jti="b" * 24, sq=(2, 2))
    genuine = {token, other}
    accepted = []
    tried = 0
    while tried < MUTATIONS:
        mutated = token
        for _ in range(rng.randint(1, 2)):
            mutated = rng.choice(WAYS)(rng, mutated or token, other)
        if mutated in genuine:
            continue
        tried += 1
        try:
            gate.verify(mutated)
        except TokenRefused:
            continue
        accepted.append(mutated)
    assert accepted == []
    assert gate.verify(token) != gate.verify(other)
