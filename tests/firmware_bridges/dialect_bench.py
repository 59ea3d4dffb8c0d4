"""What the tests of dialects share: decoding in one call, and streams of damaged frames."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import (
    Answer,
    Decoder,
    IndicatorWeight,
    Refused,
    Shown,
)
from tests.firmware_bridges.foreign_frames import FOREIGN

MOST = 9999  # what the narrowest dialect shows, negative too


def decoder(name: str, **settings: Any) -> Decoder:
    spec = DIALECTS[name]
    return spec.decoder(spec.settings(**settings))


def decoded(name: str, data: bytes, *, end: bool = True, **settings: Any) -> list[Answer]:
    one = decoder(name, **settings)
    return one.feed(data) + (one.flush() if end else [])


def only(answers: list[Answer]) -> Answer:
    assert len(answers) == 1, answers
    return answers[0]


def weight_of(answer: Answer) -> IndicatorWeight:
    assert isinstance(answer, IndicatorWeight), answer
    return answer


def refusal_of(answer: Answer) -> str:
    assert isinstance(answer, Refused), answer
    return answer.reason


def encoded(name: str, weight: int, *, stable: bool = True) -> bytes:
    return DIALECTS[name].encode(Shown(Decimal(weight), stable=stable))


def frames(name: str) -> st.SearchStrategy[bytes]:
    """Real frames of others, and more of the same kind."""
    ours = st.builds(
        lambda weight, stable: encoded(name, weight, stable=stable),
        st.integers(0 if name == "stx-6digits-cr" else -MOST, MOST),  # one has no sign
        st.booleans(),
    )
    foreign = [one.raw for one in FOREIGN.get(name, ())]
    return st.sampled_from(foreign) | ours if foreign else ours


@st.composite
def damaged_streams(draw: st.DrawFn, name: str) -> bytes:
    """Frames with bits flipped, bytes lost, doubled and put between."""
    stream = bytearray(b"".join(draw(st.lists(frames(name), min_size=1, max_size=6))))
    for _ in range(draw(st.integers(0, 6))):
        if not stream:
            break
        at = draw(st.integers(0, len(stream) - 1))
        kind = draw(st.sampled_from(["flip", "lose", "double", "insert"]))
        if kind == "flip":
            stream[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "lose":
            del stream[at]
        elif kind == "double":
            stream[at:at] = stream[at : at + 3]
        else:
            stream[at:at] = draw(st.binary(min_size=1, max_size=4))
    return bytes(stream)
