"""UHF readers: frames that other people captured or published, and the laws of every framer."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridges.rfid import RFID_READERS
from firmware_bridges.rfid.tags import Answer, ReaderError, RfidRefused, RoundEnd, TagRead

BOUND = 1_024  # bytes a decoder may hold back
MUTATIONS = 4_000


class Golden(NamedTuple):
    """`read`: (EPC, antenna, RSSI) of each tag; `ends`: tags counted by the round's end, or None."""

    reader: str
    frame: str
    read: list[tuple[str, int | None, int | None]]
    ends: int | None
    source: str


CHAFON = "wabson/chafon-rfid, tests (on the wire)"
MARATHON = "Timereversal/rfidtime, transport/packet.go, captured (on the wire)"
IND903 = "ActivIoTy checkpoint README, captured on an IND903 (on the wire)"
YATTA = "comments of a public race timer, captured on an R2000 module (on the wire)"
M100 = "M100 command manual, single inventory example, in several public projects"
GOLDEN = [
    Golden(
        "uhfreader18",
        "13000103010c0000000000000000000003133f39",
        [("000000000000000000000313", None, None)],
        None,
        CHAFON,
    ),
    Golden(
        "uhfreader18",
        "13000103010c49440000000000000a000334a5fb",
        [("49440000000000000A000334", None, None)],
        None,
        CHAFON,
    ),
    Golden(
        "uhfreader18",
        "20000103020c0000000000000000000003130c0000000000000000000003149ac9",
        [("000000000000000000000313", None, None), ("000000000000000000000314", None, None)],
        None,
        CHAFON,
    ),
    Golden(
        "uhfreader18",
        "1100ee002000708c2b380b2d00000000e056",
        [("2000708C2B380B2D00000000", None, None)],
        None,
        "uhfreader18 0.6, tests, captured frame of a reader in active mode (on the wire)",
    ),
    Golden(
        "uhfreader288",
        "1500010301010c0000000000000000000003136bb1a5",
        [("000000000000000000000313", 1, 0x6B)],
        None,
        CHAFON,
    ),
    Golden(
        "uhfreader288",
        "1500010304010c49440000000000000a0003346425c0",
        [("49440000000000000A000334", 3, 0x64)],
        None,
        CHAFON,
    ),
    Golden("uhfreader288", "0d000103010104003230386da3d2", [("00323038", 1, 0x6D)], None, CHAFON),
    Golden("uhfreader288", "0700010101001e4b", [], 0, CHAFON),
    Golden(
        "uhfreader288",
        "2300010301020c0000000000000000000003136b0c0000000000000000000003146c70f2",
        [("000000000000000000000313", 1, 0x6B), ("000000000000000000000314", 1, 0x6C)],
        None,
        CHAFON,
    ),
    Golden(
        "uhfreader288",
        "1500010301010ce28068940000500a9d2298c648257e",
        [("E28068940000500A9D2298C6", 1, 0x48)],
        None,
        MARATHON,
    ),
    Golden(
        "uhfreader288",
        "0d000103010104111001ba465d27",
        [("111001BA", 1, 0x46)],
        None,
        MARATHON,
    ),
    Golden(
        "r2000",
        "A0130189043000E20030166613012115 5074EF45BF",
        [("E200301666130121155074EF", 1, 0x45)],
        None,
        IND903,
    ),
    Golden(
        "r2000",
        "A01301898C3000300833B2DDD9014000000001 37BB",
        [("300833B2DDD9014000000001", 1, 0x37)],
        None,
        YATTA,
    ),
    Golden(
        "r2000",
        "A0130189743000E2004074850A0103163070E13629",
        [("E2004074850A0103163070E1", 1, 0x36)],
        None,
        YATTA,
    ),
    Golden("r2000", "A00A018900001100000005B6", [], 5, YATTA),
    Golden(
        "r200",
        "BB02220011C934003075 1FEB705C5904E3D50D703A76EF7E",
        [("30751FEB705C5904E3D50D70", None, -55)],
        None,
        M100,
    ),
    Golden(
        "r200",
        "BB02220011C43000E200001D7315016521408FC6B83EC27E",
        [("E200001D7315016521408FC6", None, -60)],
        None,
        "received by a public Zephyr gateway from an R200 (on the wire)",
    ),
    Golden("r200", "BB01FF000115167E", [], 0, M100),
]
ASKED = [
    ("uhfreader18", 0, "040001DB4B", "wabson/chafon-rfid read loop"),
    ("uhfreader288", 0, "06000104FFD439", "public simulator of a reader, its expected command"),
    ("r2000", 1, "A004018901D1", IND903),
    ("r200", 0, "BB00220000227E", M100),
]


def decoded(reader: str, data: bytes) -> list[Answer]:
    decoder = RFID_READERS[reader].decoder()
    return decoder.feed(data) + decoder.flush()


def tags(answers: list[Answer]) -> list[tuple[str, int | None, int | None]]:
    return [(one.epc, one.antenna, one.rssi) for one in answers if isinstance(one, TagRead)]


@pytest.mark.parametrize("golden", GOLDEN)
def test_a_foreign_frame_is_understood(golden: Golden) -> None:
    answers = decoded(golden.reader, bytes.fromhex(golden.frame))
    ends = [one.tags for one in answers if isinstance(one, RoundEnd)]
    assert tags(answers) == golden.read, golden.source
    assert ends == ([] if golden.ends is None else [golden.ends]), golden.source
    assert not [one for one in answers if isinstance(one, RfidRefused | ReaderError)]


@pytest.mark.parametrize(("reader", "address", "frame", "source"), ASKED)
def test_it_is_asked_as_others_ask_it(reader: str, address: int, frame: str, source: str) -> None:
    assert RFID_READERS[reader].ask(address) == bytes.fromhex(frame), source


def test_every_reader_has_foreign_frames() -> None:
    assert {golden.reader for golden in GOLDEN} == set(RFID_READERS)


@pytest.mark.parametrize(
    ("reader", "frame", "source"),
    [
        ("uhfreader288", "1500010301010c0000000000000000000003136bb1a6", CHAFON),
        ("r200", "BB02220011C934003075 1FEB705C5904E3D50D703A76EE7E", M100 + ", check changed"),
        ("r2000", "A0130189043000E200301666130121155074EF45BE", IND903 + ", check changed"),
        ("r2000", "A00A018900001D00000001BC", IND903 + ", as printed; its check should be AE"),
    ],
)
def test_a_wrong_check_is_refused(reader: str, frame: str, source: str) -> None:
    answers = decoded(reader, bytes.fromhex(frame))
    assert not tags(answers), source
    assert {one.reason for one in answers if isinstance(one, RfidRefused)} <= {
        "checksum",
        "truncated",
    }
    assert answers


def test_an_epc_that_contradicts_its_own_length_is_refused() -> None:
    frame = bytearray.fromhex("A0130189043000E200301666130121155074EF45BF")
    frame[5] = 0x20  # PC now says four words; the check is made good again
    frame[-1] = -sum(frame[:-1]) & 0xFF
    (refused,) = decoded("r2000", bytes(frame))
    assert isinstance(refused, RfidRefused)
    assert refused.reason == "length"


def test_an_error_answer_is_told_with_its_code() -> None:
    # IND903 protocol V2.2: A0 04 addr 89 code check; 22h = no antenna connected
    frame = bytes.fromhex("A0040189") + b"\x22"
    (error,) = decoded("r2000", frame + bytes((-sum(frame) & 0xFF,)))
    assert isinstance(error, ReaderError)
    assert error.code == 0x22


@pytest.mark.parametrize("golden", GOLDEN)
def test_how_it_was_cut_does_not_matter(golden: Golden) -> None:
    data = b"\x00\xff" + bytes.fromhex(golden.frame) * 3
    whole = decoded(golden.reader, data)
    for step in (1, 3, 7):
        decoder = RFID_READERS[golden.reader].decoder()
        pieces = [data[at : at + step] for at in range(0, len(data), step)]
        answers = [one for piece in pieces for one in decoder.feed(piece)]
        assert answers + decoder.flush() == whole


@pytest.mark.parametrize("reader", RFID_READERS)
@given(
    epcs=st.lists(st.binary(min_size=2, max_size=30).filter(lambda b: len(b) % 2 == 0), max_size=4)
)
def test_what_a_simulator_reports_is_what_is_read(reader: str, epcs: list[bytes]) -> None:
    told = tuple(epc.hex().upper() for epc in epcs)
    spec = RFID_READERS[reader]
    answers = decoded(reader, spec.report(0, told))
    assert [epc for epc, _, _ in tags(answers)] == list(told)


@pytest.mark.parametrize("reader", RFID_READERS)
def test_a_good_frame_after_noise_is_found(reader: str) -> None:
    noise, rng = b"", Random(5)
    for golden in (one for one in GOLDEN if one.reader == reader and one.read):
        noise += rng.randbytes(40)
        decoder = RFID_READERS[reader].decoder()
        answers = decoder.feed(noise) + decoder.flush() + decoder.feed(bytes.fromhex(golden.frame))
        assert golden.read[-1] in tags(answers + decoder.flush())


def held_back(decoder: object) -> int:
    framer = vars(decoder)["_framer"]
    return len(vars(framer)["_pending"]) + len(vars(framer)["_run"])


def hammer(reader: str, count: int) -> None:
    """Mutated real frames: answered, never raised, and little is kept."""
    rng = Random(f"{reader}/7")
    frames = [bytes.fromhex(one.frame) for one in GOLDEN if one.reader == reader]
    decoder = RFID_READERS[reader].decoder()
    for _ in range(count):
        frame = bytearray(rng.choice(frames))
        for _ in range(rng.randrange(4)):
            fate, at = rng.random(), rng.randrange(len(frame))
            if fate < 0.5:
                frame[at] ^= 1 << rng.randrange(8)
            elif fate < 0.75:
                del frame[at]
            else:
                frame.insert(at, rng.randrange(256))
            frame = frame or bytearray(b"\x00")
        for answer in decoder.feed(bytes(frame)):
            assert isinstance(answer, TagRead | RoundEnd | ReaderError | RfidRefused)
        assert held_back(decoder) <= BOUND


@pytest.mark.parametrize("reader", RFID_READERS)
def test_mutated_frames_are_answered_and_little_is_kept(reader: str) -> None:
    hammer(reader, MUTATIONS)


@pytest.mark.long
@pytest.mark.parametrize("reader", RFID_READERS)
def test_a_million_mutated_frames_are_answered(reader: str) -> None:
    hammer(reader, 1_000_000)


@pytest.mark.parametrize("reader", RFID_READERS)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_answered(reader: str, data: bytes) -> None:
    decoded(reader, data)
