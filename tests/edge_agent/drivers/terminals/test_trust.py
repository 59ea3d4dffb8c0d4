"""Clones and strangers: what is believed, what is doubted, and how a doubt ends."""

from __future__ import annotations

import pytest

from edge_agent.config.devices.terminal_roster import KnownTerminal
from edge_agent.drivers.terminals.trust import (
    ANYWHERE,
    Seen,
    doubt,
    judge,
    network_of,
    vouched,
)
from edge_agent.ports import Pin

NOW_NS = 1_790_000_000 * 10**9
HOME = Seen("code-1", "44/SIM/0001", "860000000000001", "10.64.0.0/16")
KNOWN = KnownTerminal("badge", "Sweeper 12", None, None)


def first_sight() -> Pin:
    pin = judge("139", None, HOME, KNOWN, NOW_NS).pin
    assert pin is not None
    return pin


def test_first_sight_is_believed_and_remembered() -> None:
    verdict = judge("139", None, HOME, KNOWN, NOW_NS)
    assert not verdict.doubted
    assert verdict.pin == Pin(
        code="code-1", device="44/SIM/0001", imei="860000000000001", network="10.64.0.0/16"
    )


def test_the_same_again_changes_nothing() -> None:
    verdict = judge("139", first_sight(), HOME, KNOWN, NOW_NS)
    assert (verdict.pin, verdict.doubted) == (None, False)


def test_what_it_had_not_told_before_is_added_without_a_doubt() -> None:
    pin = judge("139", None, Seen(network="10.64.0.0/16"), KNOWN, NOW_NS).pin
    verdict = judge("139", pin, HOME, KNOWN, NOW_NS)
    assert not verdict.doubted
    assert verdict.pin == first_sight()


def test_what_it_does_not_tell_this_time_is_no_change() -> None:
    verdict = judge("139", first_sight(), Seen(network="10.64.0.0/16"), KNOWN, NOW_NS)
    assert (verdict.pin, verdict.doubted) == (None, False)


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (Seen(code="code-2"), "code-changed"),
        (Seen(device="44/SIM/0002"), "device-changed"),
        (Seen(imei="860000000000002"), "imei-changed"),
        (Seen(network="127.77.0.0/16"), "network-changed"),
    ],
)
def test_every_kind_of_change_is_doubted_and_told(seen: Seen, reason: str) -> None:
    verdict = judge("139", first_sight(), seen, KNOWN, NOW_NS)
    assert verdict.doubted
    assert verdict.pin is not None
    assert verdict.pin.doubt is not None
    assert verdict.pin.doubt[0] == reason
    assert not verdict.pin.told
    assert verdict.pin.doubted_utc_ns == NOW_NS
    assert verdict.pin.code == "code-1"  # the impostor's words do not replace the owner's


def test_a_doubt_stays_whatever_is_seen_next_and_is_told_once() -> None:
    doubted = judge("139", first_sight(), Seen(code="code-2"), KNOWN, NOW_NS).pin
    for seen in (HOME, Seen(code="code-3"), Seen(network="10.99.0.0/16")):
        verdict = judge("139", doubted, seen, KNOWN, NOW_NS + 10**9)
        assert (verdict.pin, verdict.doubted) == (None, True)
    assert doubt("139", doubted, "twice-at-once", NOW_NS).pin is None


def test_twice_at_once_is_a_doubt_even_of_a_terminal_never_pinned() -> None:
    verdict = doubt("139", None, "twice-at-once", NOW_NS)
    assert verdict.doubted
    assert verdict.pin is not None
    assert verdict.pin.doubt is not None
    assert verdict.pin.doubt[0] == "twice-at-once"


def test_the_roster_ends_a_doubt_by_its_mark_and_the_next_sight_is_a_first_one() -> None:
    doubted = judge("139", first_sight(), Seen(code="code-2"), KNOWN, NOW_NS).pin
    assert doubted is not None
    assert doubted.doubt is not None
    accepting = KnownTerminal("badge", "", None, None, accept=doubted.doubt[1])
    other = KnownTerminal("badge", "", None, None, accept="0" * 12)
    assert vouched(doubted, accepting)
    assert not vouched(doubted, other)
    assert not vouched(doubted, None)
    verdict = judge("139", doubted, Seen(code="code-2", network="10.1.0.0/16"), accepting, NOW_NS)
    assert (verdict.pin, verdict.doubted) == (Pin(code="code-2", network="10.1.0.0/16"), False)


def test_an_old_mark_left_in_the_roster_does_not_accept_the_next_doubt() -> None:
    first = judge("139", first_sight(), Seen(code="code-2"), KNOWN, NOW_NS).pin
    assert first is not None
    assert first.doubt is not None
    accepting = KnownTerminal("badge", "", None, None, accept=first.doubt[1])
    accepted = judge("139", first, Seen(code="code-2"), accepting, NOW_NS).pin
    second = judge("139", accepted, Seen(code="code-3"), accepting, NOW_NS + 10**9)
    assert second.doubted
    assert second.pin is not None
    assert not vouched(second.pin, accepting)


@pytest.mark.parametrize(
    ("doubted_ns", "ends"),
    [(NOW_NS - 1, True), (NOW_NS, True), (NOW_NS + 1, False), (0, False)],
    ids=["before", "at", "after", "the clock was not set"],
)
def test_trust_since_ends_the_doubts_up_to_then(doubted_ns: int, ends: bool) -> None:
    pin = doubt("139", first_sight(), "code-changed", doubted_ns).pin
    assert pin is not None
    known = KnownTerminal("badge", "", None, None, trust_since_ns=NOW_NS)
    assert vouched(pin, known) is ends


@pytest.mark.parametrize(
    ("address", "bits", "allowed", "network"),
    [
        ("10.64.3.9", 16, (), "10.64.0.0/16"),
        ("10.64.3.9", 24, (), "10.64.3.0/24"),
        ("10.64.3.9", 0, (), ANYWHERE),
        ("10.64.3.9", 24, ("10.64.0.0/10",), "10.64.0.0/10"),
        ("10.65.3.9", 0, ("10.64.0.0/10",), "10.64.0.0/10"),
        ("2001:db8:1:2::9", 24, (), "2001:db8:1::/48"),
        ("2001:db8:1:2::9", 16, (), "2001:db8::/32"),
        ("2001:db8:1:2::9", 16, ("2001:db8::/29",), "2001:db8::/29"),
        ("fe80::1%eth0", 24, (), "fe80::/48"),
        ("::ffff:10.64.3.9", 16, (), "10.64.0.0/16"),
        ("::ffff:10.64.3.9", 16, ("10.64.0.0/10",), "10.64.0.0/10"),
        ("?", 16, (), "?"),
    ],
)
def test_the_part_of_an_address_that_must_stay(
    address: str, bits: int, allowed: tuple[str, ...], network: str
) -> None:
    assert network_of(address, bits, allowed) == network
