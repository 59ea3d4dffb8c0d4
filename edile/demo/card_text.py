"""The scorecard as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from edile.scorecard import Scorecard, Tally


def card_lines(card: Scorecard) -> Iterator[str]:
    """Plain lines; the verdict last."""
    yield f"{'SCORECARD':<14}{'expected':>9}{'found':>8}{'missed':>8}{'extra':>8}{'twice':>8}"
    yield _row("tickets", card.tickets)
    yield _row("problems", card.incidents)
    yield _row("work orders", card.orders)
    if card.positions.expected:
        yield _row("positions", card.positions)
    produced, stored = card.events.produced, card.events.stored
    each = f", {card.events.wire_bytes / stored:.0f} bytes each on the wire" if stored else ""
    yield f"{'events':<14}{produced} produced at the gateway, {stored} stored at the hub{each}"
    yield f"{'weights':<14}{card.tickets.wrong_weight} of {card.tickets.found} tickets wrong"
    if card.attendance is not None:
        yield from _day(card.attendance)
    if card.eyes is not None:
        yield from _eyes(card.eyes)
    if card.handling is not None:
        acts = card.handling["human_actions"]
        yield (
            f"{'handling':<14}{card.handling['closed']} orders closed, at most {acts['most']} acts of"
            " people each, by the audit log"
        )
        seen = card.handling["closed_by_device"]
        yield (
            f"{'':<14}{seen['orders']} of them by a second look of the device that saw it, at most"
            f" {seen['most']} act of people each"
        )
    for complaint in card.complaints:
        yield f"  not clean: {complaint}"
    yield f"{'CLEAN' if card.clean else 'NOT CLEAN'} (seed {card.seed})"


def _day(day: Mapping[str, Any]) -> Iterator[str]:
    right = sum(share["hits"] for share in day["recall"].values())
    known = sum(share["n"] for share in day["recall"].values())
    yield (
        f"{'attendance':<14}{day['n']} shifts of a simulated day: {right} of {known} verdicts that can"
        f" be known are right, {day['wrong_absent']['hits']} wrongly absent"
    )
    p95 = day["minutes_error"]["p95"]
    told = "" if p95 is None else f"minutes inside within {p95:g} (p95); "
    sets = day["exceptions"]["proxy-suspected"]
    yield (
        f"{'':<14}{told}proxy badges: {sets['recall']['hits']} of {sets['recall']['n']} sets found,"
        f" {day['crews_accused']['hits']} honest crews accused"
    )


def _eyes(eyes: Mapping[str, Any]) -> Iterator[str]:
    street, point, orders = eyes["street"], eyes["point"], eyes["orders"]
    yield (
        f"{'street camera':<14}{street['found']} of {street['counted']} problems that stood long enough"
        f" found, {street['short']} more, {street['false']} false, {street['twice']} twice"
    )
    yield (
        f"{'bins camera':<14}{point['deposits']} bags into bins, {point['wrong']} wrongly, {point['beside']}"
        f" beside; counted {point['counted']}; {point['prompts']} prompts heard, {point['deserved']} of"
        f" them deserved, {point['corrected']} put right"
    )
    yield (
        f"{'':<14}{eyes['with_one_order']} of {eyes['problems']} problems at the hub have exactly one"
        f" order; of {orders['n']} orders {orders['by_look']} were closed by a second look,"
        f" {orders['sent_back']} sent back"
    )


def _row(name: str, tally: Tally) -> str:
    figures = (tally.expected, tally.found, tally.missed, tally.extra, tally.duplicated)
    widths = (9, 8, 8, 8, 8)
    return f"{name:<14}" + "".join(f"{n:>{w}}" for n, w in zip(figures, widths, strict=True))
