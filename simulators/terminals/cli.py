"""`edile sim terminals`."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
from typing import Annotated, Literal, TextIO

import typer

from simulators.options import MinutesOption, SeedOption, TruthOption, open_truth, refuse
from simulators.terminals.fleet import Fleet, Plan

SPARE_FILES = 200


def terminals(
    *,
    connect: Annotated[str, typer.Option(help="HOST:PORT of the gateway's terminal server.")],
    protocol: Annotated[
        Literal["jt808", "gt06"], typer.Option(help="What the terminals speak.")
    ] = "jt808",
    count: Annotated[int, typer.Option(min=1, max=50_000, help="How many terminals.")] = 20,
    every: Annotated[
        float, typer.Option(min=0.2, max=3600, help="Seconds between two reports of each.")
    ] = 10.0,
    version: Annotated[
        int, typer.Option(help="2011, 2013 or 2019; 0 mixes them (JT/T 808 only).")
    ] = 0,
    seed: SeedOption = 1,
    truth: TruthOption = None,
    minutes: MinutesOption = 3.0,
    storms: Annotated[
        int, typer.Option(min=0, max=100, help="How often every connection is lost at once.")
    ] = 1,
    blind: Annotated[
        float, typer.Option(min=0, max=1, help="Share that loses the network for a while.")
    ] = 0.1,
    clones: Annotated[
        int, typer.Option(min=0, max=1_000, help="Second terminals with a number in use.")
    ] = 1,
) -> None:
    """Play walkers and trucks with terminals: noise, canyons, blind spots, storms, cloned numbers.

    Each sends again what was not acknowledged. Example, against a gateway that listens on 7808:

    edile sim terminals --connect 127.0.0.1:7808 --count 200 --truth terminals.jsonl
    """
    host, _, port = connect.rpartition(":")
    if not host or not port.isdigit():
        refuse(f"--connect: expected HOST:PORT, found {connect!r}")
    if version not in (0, 2011, 2013, 2019):
        refuse(f"--version: expected 2011, 2013, 2019 or 0, found {version}")
    _allow_files(count + clones)
    plan = Plan(
        protocol,
        count,
        every,
        minutes * 60,
        seed,
        version=version,
        storms=storms,
        blind=blind,
        clones=clones,
    )
    with contextlib.ExitStack() as stack:
        written = stack.enter_context(open_truth(truth)) if truth else None
        fleet = asyncio.run(_play(plan, host, int(port), written))
    slow = fleet.percentile(0.99)
    told = "" if slow is None else f"; p99 of the acknowledgements {slow * 1000:.0f} ms"
    print(f"the scenario has ended: {dict(fleet.counts)}{told}", flush=True)


async def _play(plan: Plan, host: str, port: int, truth: TextIO | None) -> Fleet:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    fleet = Fleet(plan, host, port, truth, lambda text: print(text, flush=True))
    await fleet.play(stop)
    return fleet


def _allow_files(count: int) -> None:
    """One socket each; the soft limit is raised as far as the hard one allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + SPARE_FILES
    if soft >= wanted or soft == resource.RLIM_INFINITY:
        return
    if hard != resource.RLIM_INFINITY and hard < wanted:
        refuse(
            f"--count: {count} terminals need {wanted} open files, {hard} are allowed (ulimit -Hn)"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
