"""What leaves of a clip: the masked one where there is one; the original is sealed and named."""

from __future__ import annotations

from hashlib import sha256

from contract.payloads.evidence import EvidenceClip
from edge_agent.readings import ClipReading
from edge_agent.rules.footage import MEDIA_TYPE, conclusion_of
from tests.edge_agent.rules.standing.street import at

ORIGINAL, MASKED = b"RIFF as captured", b"RIFF as it may leave"
NAME = sha256(ORIGINAL).hexdigest()


def clip(masked: bytes = MASKED, *, frames: int = 30, clock: str = "ntp") -> ClipReading:
    begin = at(100, clock=clock)  # type: ignore[arg-type]
    return ClipReading(
        device="cam-1", moment=at(120), occasion="06010", problem_id="cam-1-p1", begin=begin,
        end=at(115), frames=frames, original=ORIGINAL, masked=masked, original_sha256=NAME,
    )  # fmt: skip


def test_the_original_is_sealed_and_the_masked_one_names_it() -> None:
    conclusion = conclusion_of(clip())
    assert conclusion is not None
    payload = conclusion.payload
    assert isinstance(payload, EvidenceClip)
    (ref,) = payload.evidence
    assert (ref.sha256, ref.parent) == (sha256(MASKED).hexdigest(), NAME)
    assert (payload.original_sha256, payload.original_bytes) == (NAME, len(ORIGINAL))
    assert (payload.problem_id, payload.occasion, payload.frames) == ("cam-1-p1", "06010", 30)
    assert payload.begin < payload.end
    assert conclusion.observed == at(100)
    assert [
        (one.content, one.media_type, one.sealed, one.parent) for one in conclusion.evidence
    ] == [
        (ORIGINAL, MEDIA_TYPE, True, None),
        (MASKED, MEDIA_TYPE, False, NAME),
    ]


def test_where_nothing_may_leave_the_original_is_named_and_stays() -> None:
    conclusion = conclusion_of(clip(b""))
    assert conclusion is not None
    assert isinstance(conclusion.payload, EvidenceClip)
    assert conclusion.payload.evidence == ()
    assert [one.sealed for one in conclusion.evidence] == [True]
    assert conclusion.payload.original_sha256 == NAME


def test_without_a_clock_no_time_is_claimed_for_it() -> None:
    conclusion = conclusion_of(clip(clock="unset"))
    assert conclusion is not None
    assert isinstance(conclusion.payload, EvidenceClip)
    assert conclusion.payload.evidence[0].taken is None


def test_a_clip_without_frames_is_none() -> None:
    assert conclusion_of(clip(frames=0)) is None
