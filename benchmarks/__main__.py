"""`python -m benchmarks`: runs the questions, prints one table: ours, baseline, ratio, goal.

A question whose module fails or whose peer is missing is named as not measured, never guessed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime

from benchmarks.rows import Row

QUESTIONS = {
    1: ("q01_enqueue", "durable enqueue"),
    2: ("q02_peers", "against peers"),
    3: ("q03_drain", "backlog drain"),
    4: ("q04_ingest", "hub ingest"),
    5: ("q05_event_to_order", "event to order"),
    6: ("q06_codecs", "codecs"),
    7: ("q07_terminals", "terminals"),
    8: ("q08_geofence", "geofence"),
    9: ("q09_vision", "vision"),
    11: ("q11_agent_weight", "agent weight"),
    12: ("q12_lists", "lists"),
    13: ("q13_attendance", "attendance"),
    14: ("q14_duties", "duties"),
    15: ("q15_correlation", "correlation"),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds; figures are rougher")
    parser.add_argument("--only", default="", help="questions by number, for example 1,6")
    parser.add_argument("--json", metavar="FILE", help="write the rows for machines")
    parser.add_argument("--markdown", metavar="FILE", help="write the table for docs/benchmarks.md")
    arguments = parser.parse_args()
    wanted = [int(n) for n in arguments.only.split(",") if n] or list(QUESTIONS)
    unknown = [n for n in wanted if n not in QUESTIONS]
    if unknown:
        parser.error(f"no question {unknown}; there are {sorted(QUESTIONS)}")
    rows: list[Row] = []
    for number in wanted:
        module, title = QUESTIONS[number]
        print(f"measuring {number} {title} ...", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"benchmarks.{module}").measure(quick=arguments.quick)
    print(table(rows))
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as out:  # noqa: PTH123 - /dev/stdout works
            json.dump({"machine": machine(), "rows": [asdict(row) for row in rows]}, out, indent=1)
    if arguments.markdown:
        with open(arguments.markdown, "w", encoding="utf-8") as out:  # noqa: PTH123
            out.write(f"{machine()}\n\n{table(rows)}\n")
    return 1 if any(row.ok is False for row in rows) else 0


def machine() -> str:
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    return (
        f"{when}, {os.cpu_count()} x {platform.machine()} cores, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def table(rows: list[Row]) -> str:
    lines = [
        "| question | figure | ours | baseline | ratio | goal | met |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        baseline = "-" if row.baseline is None else f"{row.baseline:,.4g} ({row.baseline_name})"
        ratio = "-" if row.ratio is None else f"{row.ratio:.3g}"
        met = {True: "yes", False: "**no**", None: "-"}[row.ok]
        lines.append(
            f"| {row.question} | {row.figure} | {row.ours:,.4g} {row.unit} | {baseline} | {ratio} "
            f"| {row.goal} | {met} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
