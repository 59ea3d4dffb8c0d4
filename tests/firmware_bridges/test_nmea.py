"""NMEA sentences of other people's receivers and programs, the laws of every bridge, and what is put together."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridges.nmea import (
    LONGEST,
    Answer,
    Epochs,
    Fix,
    Gga,
    NmeaDecoder,
    NmeaRefused,
    OtherSentence,
    Rmc,
    encode,
    gga_body,
    rmc_body,
)

# Raw lines as logged or printed by others, with CR LF put back.
# A magnetometer's log (MagArrow, 27 October 2020); its own program reads 49.596339, 7.01354, HDOP 0.72, 17
# satellites, 465.35 m, 58.0 degrees out of the two.
LOGGED_GGA = b"$GNGGA,103309.000,4935.780351,N,00700.812390,E,2,17,0.72,465.352,M,47.791,M,,*70\r\n"
LOGGED_RMC = b"$GNRMC,103309.000,A,4935.780351,N,00700.812390,E,0.01,58.03,271020,,,D*41\r\n"
# README of homegrown-nmea, which reads 47.67273583333334, -122.42265883333333, 0.02 kn, 59.5 degrees.
WEST = b"$GPRMC,030000,A,4740.36415,N,12225.35953,W,000.02,059.5,160612,016.6,E*52\r\n"
# README of node-nmea: 78 degrees 55.6020' south, 138 degrees 43.8900' east, 11 July 2015.
SOUTH = b"$GPRMC,161006.425,A,7855.6020,S,13843.8900,E,154.89,84.62,110715,173.1,W,A*30\r\n"
# Garmin's example, everywhere: 48 degrees 07.038', 11 degrees 31.000', 22.4 kn, 23 March 1994.
OLD = b"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n"
OLD_GGA = b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n"
# Receivers before their first fix: ST Teseo, u-blox (MicroNMEA's issue 1), a Quectel log, another.
BLIND_RMC = b"$GNRMC,,V,,,,,,,,,,N,V*37\r\n"
BLIND_DATED = b"$GPRMC,194812.00,V,,,,,,,290317,,,N*74\r\n"
BLIND_GGA = b"$GNGGA,,,,,,0,00,25.5,,,,,,*64\r\n"
BLIND_TIMED = b"$GNGGA,170814.00,,,,,0,00,99.99,,,,,,*73\r\n"
# MicroNMEA's test sentences: satellites in view, and one whose check sum is deliberately wrong.
IN_VIEW = b"$GPGSV,4,1,13,07,18,322,29,08,19,273,,16,74,204,35,18,34,115,28*7B\r\n"
WRONG = b"$GPRMC,111309.00,A,5400.6000,N,00247.1000,W,00.00,302.5,140915,,,A*XX\r\n"
GOOD = (LOGGED_GGA, LOGGED_RMC, WEST, SOUTH, OLD, OLD_GGA, BLIND_RMC, BLIND_GGA, IN_VIEW)


def decoded(data: bytes) -> list[Answer]:
    decoder = NmeaDecoder()
    return decoder.feed(data) + decoder.flush()


def rmc(data: bytes) -> Rmc:
    (found,) = decoded(data)
    assert isinstance(found, Rmc)
    return found


def gga(data: bytes) -> Gga:
    (found,) = decoded(data)
    assert isinstance(found, Gga)
    return found


def test_a_logged_drive_is_read_as_its_own_program_reads_it() -> None:
    place, moving = gga(LOGGED_GGA), rmc(LOGGED_RMC)
    assert (place.lat, place.lon) == pytest.approx((49.59633900, 7.01354000), abs=5e-7)
    assert (place.quality, place.satellites, place.hdop) == (2, 17, 0.72)
    assert place.altitude_m == pytest.approx(465.35, abs=0.01)
    assert (moving.lat, moving.lon) == (place.lat, place.lon)
    assert moving.course_deg == pytest.approx(58.0, abs=0.05)
    assert (moving.valid, moving.mode, moving.day) == (True, "D", (2020, 10, 27))
    assert moving.time_s == place.time_s == 10 * 3600 + 33 * 60 + 9


def test_west_and_south_are_negative() -> None:
    west, south = rmc(WEST), rmc(SOUTH)
    assert (west.lat, west.lon) == pytest.approx((47.67273583333334, -122.42265883333333))
    assert (south.lat, south.lon) == pytest.approx((-(78 + 55.602 / 60), 138 + 43.89 / 60))
    assert south.day == (2015, 7, 11)


def test_an_old_receiver_without_a_mode_is_believed_and_its_century_is_the_last() -> None:
    found = rmc(OLD)
    assert (found.valid, found.mode, found.day) == (True, "", (1994, 3, 23))
    assert found.speed_kmh == pytest.approx(22.4 * 1.852)
    assert gga(OLD_GGA).altitude_m == 545.4


@pytest.mark.parametrize("raw", [BLIND_RMC, BLIND_DATED])
def test_a_receiver_without_a_fix_says_so(raw: bytes) -> None:
    found = rmc(raw)
    assert (found.valid, found.lat, found.lon) == (False, None, None)


@pytest.mark.parametrize("raw", [BLIND_GGA, BLIND_TIMED])
def test_quality_nought_is_no_place(raw: bytes) -> None:
    found = gga(raw)
    assert (found.quality, found.lat, found.satellites) == (0, None, 0)


def test_what_is_not_about_the_place_is_sound_and_passed_over() -> None:
    assert decoded(IN_VIEW) == [OtherSentence("GSV", IN_VIEW[:-1])]


def sentence(body: str) -> bytes:
    return encode(body)


RMC_BODY = LOGGED_RMC[1:-5].decode()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (WRONG, "checksum"),
        (OLD.replace(b"4807", b"4817"), "checksum"),
        (OLD.replace(b"*6A", b""), "length"),
        (OLD.replace(b"*6A", b"*6"), "length"),
        (b"$" + b"A" * LONGEST, "length"),
        (OLD[:30], "truncated"),
        (sentence("GPGGA,123519,4807.038,N,01131.000,E"), "length"),
        (sentence("GPRMC,123519,A"), "length"),
        (sentence(RMC_BODY.replace("4935.78", "4975.78")), "not-numeric"),
        (sentence(RMC_BODY.replace("4935.780351", "9135.780351")), "not-numeric"),
        (sentence(RMC_BODY.replace("00700", "18100")), "not-numeric"),
        (sentence(RMC_BODY.replace(",N,", ",E,")), "not-numeric"),
        (sentence(RMC_BODY.replace("103309", "253309")), "not-numeric"),
        (sentence(RMC_BODY.replace("103309", "10x309")), "not-numeric"),
        (sentence(RMC_BODY.replace("271020", "310220")), "not-numeric"),
        (sentence(RMC_BODY.replace("0.01", "1e5")), "not-numeric"),
    ],
)
def test_what_cannot_be_trusted_is_refused(raw: bytes, reason: str) -> None:
    (found,) = decoded(raw)
    assert isinstance(found, NmeaRefused)
    assert found.reason == reason


# -- one moment


def fixes(*sentences: bytes) -> list[Fix]:
    epochs = Epochs()
    told = []
    for one in decoded(b"".join(sentences)):
        if isinstance(one, Rmc | Gga):
            told += epochs.take(one)
    return told


def second(n: int, *, valid: bool = True, kinds: str = "GR") -> bytes:
    utc = datetime(2026, 11, 21, 23, 59, 58 + n if n < 2 else 0, tzinfo=UTC)
    parts = {
        "G": encode(gga_body(utc, 23.1, 113.3 + n / 1000, valid=valid)),
        "R": encode(rmc_body(utc, 23.1, 113.3 + n / 1000, valid=valid, speed_kmh=36)),
    }
    return b"".join(parts[kind] for kind in kinds)


def test_two_sentences_of_one_moment_are_one_fix_told_without_waiting_for_the_next() -> None:
    told = fixes(LOGGED_GGA, LOGGED_RMC, second(0), second(1))
    assert len(told) == 3
    first, *_, last = told
    assert first.utc_ns == int(datetime(2020, 10, 27, 10, 33, 9, tzinfo=UTC).timestamp()) * 10**9
    assert (first.valid, first.satellites, first.speed_kmh) == (True, 17, pytest.approx(0.01852))
    assert first.raw == LOGGED_GGA[:-1] + LOGGED_RMC[:-1]
    assert last.lon == pytest.approx(113.301)


@pytest.mark.parametrize("kinds", ["G", "R"])
def test_a_receiver_that_sends_only_one_kind_is_understood(kinds: str) -> None:
    told = fixes(second(0, kinds=kinds), second(1, kinds=kinds))
    assert [one.lon for one in told] == pytest.approx([113.3, 113.301])
    assert [one.utc_ns is None for one in told] == [kinds == "G"] * 2


def test_a_blind_receiver_without_a_time_is_told_every_second() -> None:
    told = fixes(*[BLIND_GGA, BLIND_RMC] * 4)
    assert len(told) >= 3
    assert not any(one.valid for one in told)


def test_a_fix_is_only_valid_when_both_sentences_say_so() -> None:
    no_gga = sentence(LOGGED_GGA[1:-5].decode().replace(",2,17", ",0,17"))
    no_rmc = sentence(RMC_BODY.replace(",A,", ",V,"))
    simulated = sentence(LOGGED_GGA[1:-5].decode().replace(",2,17", ",8,17"))
    by_mode = sentence(RMC_BODY[:-1] + "N")
    for pair in [
        (no_gga, LOGGED_RMC),
        (LOGGED_GGA, no_rmc),
        (simulated, LOGGED_RMC),
        (LOGGED_GGA, by_mode),
    ]:
        assert [one.valid for one in fixes(*pair, second(0))][:1] == [False]


def test_what_was_reckoned_without_satellites_says_so() -> None:
    reckoned = sentence(LOGGED_GGA[1:-5].decode().replace(",2,17", ",6,00"))
    first, _ = fixes(reckoned, LOGGED_RMC, second(0))
    assert (first.valid, first.reckoned) == (True, True)


# -- laws

places = st.tuples(
    st.floats(-89.9, 89.9, allow_nan=False), st.floats(-179.9, 179.9, allow_nan=False)
)
times = st.integers(631_152_000_000, 3_786_825_600_000).map(
    lambda ms: datetime.fromtimestamp(ms / 1000, UTC)
)


@given(places, times, st.floats(0, 200), st.floats(0, 359.99))
@settings(max_examples=60, deadline=None)
def test_what_is_encoded_is_decoded(
    place: tuple[float, float], utc: datetime, speed_kmh: float, course_deg: float
) -> None:
    found = rmc(
        encode(rmc_body(utc, *place, valid=True, speed_kmh=speed_kmh, course_deg=course_deg))
    )
    assert (found.lat, found.lon) == pytest.approx(place, abs=1e-7)
    assert found.day == (utc.year, utc.month, utc.day)
    assert found.speed_kmh == pytest.approx(speed_kmh, abs=0.002)
    (fix,) = fixes(encode(rmc_body(utc, *place, valid=True)), second(0, kinds="R"))[:1]
    whole_ms = utc.replace(microsecond=utc.microsecond // 1000 * 1000)
    assert fix.utc_ns == round(whole_ms.timestamp() * 1000) * 10**6


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Foreign sentences with bytes changed, taken out or put in."""
    data = bytearray(b"".join(draw(st.lists(st.sampled_from(GOOD), min_size=1, max_size=4))))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data) - 1))
        what = draw(st.sampled_from(["change", "take", "put"]))
        if what == "change":
            data[at] = draw(st.integers(0, 255))
        elif what == "take" and len(data) > 1:
            del data[at]
        else:
            data.insert(at, draw(st.integers(0, 255)))
    return bytes(data)


@given(damaged(), st.integers(1, 17))
@settings(max_examples=50, deadline=None)
def test_chunking_does_not_matter_and_nothing_raises(data: bytes, size: int) -> None:
    decoder, epochs = NmeaDecoder(), Epochs()
    answers = [
        one for at in range(0, len(data), size) for one in decoder.feed(data[at : at + size])
    ]
    answers += decoder.flush()
    assert answers == decoded(data)
    for one in answers:
        if isinstance(one, Rmc | Gga):
            epochs.take(one)


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_a_good_sentence_after_noise_is_found(noise: bytes) -> None:
    assert any(isinstance(one, Rmc) for one in decoded(noise + b"\r\n" + OLD))


@given(damaged())
@settings(max_examples=20, deadline=None)
def test_less_than_one_sentence_is_kept(data: bytes) -> None:
    decoder = NmeaDecoder()
    for byte in data:
        decoder.feed(bytes([byte]))
        assert len(decoder._framer._pending) < LONGEST


@pytest.mark.long
def test_a_million_damaged_sentences_are_answered() -> None:
    chance = Random(7)
    decoder, sound, refused = NmeaDecoder(), 0, 0
    for _ in range(10_000):
        data = bytearray(b"".join(chance.choices(GOOD, k=100)))
        for _ in range(20):
            data[chance.randrange(len(data))] = chance.randrange(256)
        for one in decoder.feed(bytes(data)):
            refused += isinstance(one, NmeaRefused)
            sound += not isinstance(one, NmeaRefused)
    assert sound > 700_000
    assert refused > 50_000


@pytest.mark.parametrize("body", ["GPRMC*", "GPRMC$", "GP\r\nRMC", "GPRMC,ü"])
def test_the_encoder_refuses_what_no_sentence_can_hold(body: str) -> None:
    with pytest.raises(ValueError, match=r"printable|ascii"):
        encode(body)


def test_there_are_never_sixty_minutes() -> None:
    utc = datetime(2026, 1, 1, tzinfo=UTC)
    found = rmc(encode(rmc_body(utc, 23.9999999999, 113.9999999999, valid=True)))
    assert (found.lat, found.lon) == pytest.approx((24.0, 114.0))
