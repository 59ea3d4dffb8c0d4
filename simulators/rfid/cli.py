"""`edile sim rfid`."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from firmware_bridges.rfid import RFID_READERS
from simulators.answering_line import play, tell
from simulators.options import MinutesOption, SeedOption, TruthOption, open_truth, refuse
from simulators.pty_line import LinkRefused, PtyLine
from simulators.rfid.gate import Gate, stays
from simulators.stopping import StopSignals


def rfid(
    *,
    link: Annotated[Path, typer.Option(help="Where to hang the reader's port (a symbolic link).")],
    protocol: Annotated[str, typer.Option(help=f"One of {', '.join(RFID_READERS)}.")] = "r2000",
    address: Annotated[int, typer.Option(min=0, max=255)] = 0,
    trucks: Annotated[int, typer.Option(min=0, max=10_000, help="How many pass.")] = 8,
    seed: SeedOption = 1,
    truth: TruthOption = None,
    minutes: MinutesOption = 3.0,
    calm: Annotated[bool, typer.Option("--calm", help="Every tag is read in every round.")] = False,
) -> None:
    """Play a UHF reader at a gate: trucks come and go, tags are missed, answers are damaged.

    Example: edile sim rfid --link /tmp/uhf --protocol r200 --truth tags.jsonl
    """
    spec = RFID_READERS.get(protocol)
    if spec is None:
        refuse(f"--protocol: expected one of {', '.join(RFID_READERS)}, found {protocol!r}")
    length_s = minutes * 60
    plan = stays(seed, length_s, trucks)
    try:
        with contextlib.ExitStack() as stack:
            stop = stack.enter_context(StopSignals())
            line = stack.enter_context(PtyLine(link, spec.baud))
            written = stack.enter_context(open_truth(truth)) if truth else None
            head = {"t": 0, "kind": "truth", "id": "header", "seed": seed, "protocol": protocol}
            tell(written, {**head, "length_s": length_s, "expects_event": [], "expects_order": []})
            print(f"playing {spec.about} for {length_s:.0f} s at {link}", flush=True)
            gate = Gate(spec, address, plan, seed, calm=calm)
            ended = play(gate, line, written, stop, length_s)
    except LinkRefused as error:
        refuse(str(error))
    print("the scenario has ended" if ended else "stopped", flush=True)
