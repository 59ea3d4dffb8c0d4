"""The verdict in words and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from edile.probe.judging import Outcome, Verdict, gateway_table, heard_well
from edile.probe.recognising import Candidate, Hearing

SAMPLE_BYTES = 32

HEADLINES: dict[Outcome, str] = {
    "no-bytes": "no bytes: nothing was received at any speed",
    "no-frames": "bytes, but no frames: something is sent that no dialect knows",
    "no-readings": "frames, but no readings: the frames of a dialect came, and each was refused",
    "readings": "readings",
}
ADVICE: dict[Outcome, str] = {
    "no-bytes": (
        "Look at the cable (the indicator's TXD to our RXD, and ground), at the adapter (RS232 or"
        " RS485), and whether the indicator is set to send by itself. One that must be asked"
        " answers only with --ask."
    ),
    "no-frames": (
        "The scoreboard output of an indicator looks like this, and so does a speed that was not"
        " tried. Set the indicator to RS232 continuous output, or send us a capture."
    ),
    "no-readings": (
        "Refused for the reasons above. checksum: a bad cable or two talkers; no-unit: a display in"
        " a unit that is none of g, kg, t, lb; comma: decimal_comma is not set; not-numeric: the"
        " indicator shows an error."
    ),
    "readings": "Compare a few weights with the display before you trust it.",
}


def hearing_line(hearing: Hearing, found: list[Candidate]) -> str:
    """One line of progress."""
    asked = f"  asked {hearing.asked}" if hearing.asked else ""
    text = f"{hearing.baud:>7} {hearing.port_framing}{asked}  {len(hearing.data):>6} bytes"
    if not found:
        return text
    best = found[0]
    return f"{text}  {best.frames:>4} frames  {best.readings:>4} readings  {best.dialect}"


def verdict_text(verdict: Verdict, port: str) -> str:
    return "\n".join(_lines(verdict, port))


def _lines(verdict: Verdict, port: str) -> Iterator[str]:
    yield f"{port}: {HEADLINES[verdict.outcome]}"
    for place, one in enumerate(verdict.ranked, 1):
        if one.readings or verdict.outcome == "no-readings":
            yield f"  {place}. {_summary(one)}"
            yield f"     {_evidence(one)}"
    if verdict.outcome == "no-frames":
        most = max(verdict.hearings, key=lambda one: len(one.data))
        sample = most.data[:SAMPLE_BYTES].hex(" ")
        yield f"  at {most.baud} {most.port_framing}: {sample}"
    if question := open_question(verdict):
        yield question
    if verdict.decided_by_weight and verdict.best is not None:
        yield f"The known weight of {_plain(verdict.known_kg)} kg fits {_summary(verdict.best)}."
    elif verdict.known_kg is not None and verdict.outcome == "readings":
        yield f"No reading fits the known weight of {_plain(verdict.known_kg)} kg."
    yield ADVICE[verdict.outcome]
    if verdict.best is not None and not verdict.open_between:
        yield ""
        yield gateway_table(verdict.best, port)


def open_question(verdict: Verdict) -> str | None:
    """What the bytes leave open, and how to close it."""
    if not verdict.open_between:
        return None
    shown = "; ".join(f"{_plain(one.weights[-1])} by {_name(one)}" for one in verdict.open_between)
    return (
        f"The bytes cannot decide between: {shown}. Put a known weight on the deck and say it in"
        " kilograms: --known-weight 3000"
    )


def verdict_object(verdict: Verdict, port: str) -> dict[str, Any]:
    best = verdict.best if not verdict.open_between else None
    return {
        "port": port,
        "outcome": verdict.outcome,
        "candidates": [_object(one) for one in verdict.ranked],
        "open_between": [_object(one) for one in verdict.open_between],
        "question": open_question(verdict),
        "decided_by_known_weight": verdict.decided_by_weight,
        "gw_toml": gateway_table(best, port) if best else None,
        "hearings": [
            {
                "baud": one.baud,
                "framing": one.port_framing,
                "asked": one.asked or None,
                "bytes": len(one.data),
            }
            for one in verdict.hearings
        ],
    }


def _object(one: Candidate) -> dict[str, Any]:
    return {
        "dialect": one.dialect,
        "baud": one.hearing.baud,
        "framing": one.framing,
        "settings": dict(one.settings),
        "heard": heard_well(one),
        "score": round(one.score, 1),
        "readings": one.readings,
        "refused": dict(sorted(one.refused.items())),
        "frames_per_s": round(one.frames_per_s, 2),
        "verified": round(one.verified, 3),
        "explained": round(one.explained, 3),
        "plausible": round(one.plausible, 3),
        "steady": round(one.steady, 3),
        "last_weight": _plain(one.weights[-1]) if one.weights else None,
        "unit": one.unit,
    }


def _name(one: Candidate) -> str:
    extra = [f"{key}={value}" for key, value in one.settings.items() if key != "data_bits"]
    return " ".join([one.dialect, *extra])


def _summary(one: Candidate) -> str:
    shown = f", last {_plain(one.weights[-1])} {one.unit or '(no unit)'}" if one.weights else ""
    return f"{_name(one)} at {one.hearing.baud} {one.framing}{shown}"


def _evidence(one: Candidate) -> str:
    parts = [f"{one.frames_per_s:.1f} readings/s"]
    parts.append(f"check holds in {one.verified:.0%}" if one.verified else "no check")
    parts += [f"{1 - one.explained:.0%} of the bytes left over", f"{one.steady:.0%} steady"]
    if one.plausible < 1 and one.readings:
        parts.append(f"{one.plausible:.0%} plausible")
    parts += [f"{reason} {count}x" for reason, count in sorted(one.refused.items())]
    return ", ".join(parts)


def _plain(weight: Decimal | None) -> str:
    return f"{weight:f}" if weight is not None else ""
