"""The desk's part about rules: publish, list, try; and what came of them, the key figures."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import msgspec

from contract.timestamps import parse_rfc3339, rfc3339
from hub.config import HubConfig
from hub.errors import HubStop
from hub.policies import PolicyRefused
from hub.replaying import DraftRefused
from hub.replaying.outcome import Comparison, Counts
from hub.replaying.trying import try_policies
from hub.rulebook import publish_rules, rules_in_force
from hub.store.engine import Database
from hub.store.kpi_report import report, table

Values = Mapping[str, Any]
Said = tuple[str, int]


def rules_publish(database: Database, config: HubConfig, values: Values) -> Said:
    """`kind`, `by`, `files`: base64 by name, None to take one out of use."""
    at = rfc3339(config.utc_ns())
    with database.write() as conn:
        done = publish_rules(
            conn,
            config.district,
            values["kind"],
            _files(values),
            by=values["by"],
            actor="desk",
            at=at,
        )
    lines = [
        f"{one.kind} {one.name}: "
        + ("as it was" if one.version is None else f"version {one.version} is in force")
        for one in done
    ]
    return "\n".join(lines), 0


def rules_list(database: Database, config: HubConfig, _values: Values) -> Said:
    with database.read() as conn:
        found = rules_in_force(conn, config.district)
    lines = [
        f"{one.kind:<10} {one.name:<28} {one.version:>3}  {one.at[:19]}Z  {one.by}" for one in found
    ]
    if not any(one.kind == "policy" for one in found):
        lines.append("policy     the shipped set, version 1 of each")
    return "\n".join(lines), 0


def policy_try(database: Database, config: HubConfig, values: Values) -> Said:
    """`files`, `days`."""
    try:
        with database.read() as conn:
            found, words, cut = try_policies(
                conn,
                config.district,
                _files(values),
                days=float(values["days"]),
                now_ns=config.utc_ns(),
            )
    except (PolicyRefused, DraftRefused) as refused:
        raise HubStop(str(refused)) from refused
    return _told(found, words, cut=cut), 0


def kpis_told(database: Database, config: HubConfig, values: Values) -> Said:
    """`since`, `until` (RFC 3339), `by`, `only` (or None), `json`."""
    since, until = (_moment(values[name], name) for name in ("since", "until"))
    if since >= until:
        raise HubStop("--until is not behind --since")
    if values["by"] == "all" and values["only"] is not None:
        raise HubStop("--only names a part: say by what, for example --by unit")
    with database.read() as conn:
        found = report(
            conn,
            config.district,
            since=since,
            until=until,
            at=rfc3339(config.utc_ns()),
            by=values["by"],
            only=values["only"],
        )
    if values["json"]:
        return msgspec.json.format(msgspec.json.encode(found), indent=1).decode(), 0
    return table(found), 0


def _moment(text: str, name: str) -> str:
    try:
        return rfc3339(parse_rfc3339(text))
    except (ValueError, OverflowError) as error:
        raise HubStop(f"--{name} {text!r} is no RFC 3339 time with a zone") from error


def _files(values: Values) -> dict[str, bytes | None]:
    return {
        name: None if text is None else base64.b64decode(text)
        for name, text in values["files"].items()
    }


def _told(found: Comparison, words: int, *, cut: bool) -> str:
    lines = [f"{words} words on problems replayed{', the oldest of more' if cut else ''}", ""]
    lines.append(f"{'policy':<24} {'orders':>15} {'review':>13} {'no owner':>13} {'hours':>15}")
    for name in sorted(found.now.keys() | found.draft.keys()):
        was, would = found.now.get(name), found.draft.get(name)
        if was != would:
            lines.append(
                f"{name:<24} {_pair(was, would, 'orders'):>15} {_pair(was, would, 'review'):>13} "
                f"{_pair(was, would, 'no_owner'):>13} {_pair(was, would, 'hours'):>15}"
            )
    lines.append("")
    lines.append(f"not filed: {found.unfiled[0]} -> {found.unfiled[1]}")
    if found.unanswered:
        kinds = ", ".join(f"{kind} ({n})" for kind, n in sorted(found.unanswered.items()))
        lines.append(f"nobody would answer for: {kinds}")
    lines.append(f"orders that differ: {found.changed}")
    for one in found.changes:
        what = f"{one.opened_at[:16]}Z {one.kind} {one.object}"
        if one.was is None:
            lines.append(f"  + {what}")
        elif one.would_be is None:
            lines.append(f"  - {what}")
        else:
            told = "; ".join(
                f"{name} {value} -> {one.would_be.get(name)}" for name, value in one.was.items()
            )
            lines.append(f"  ~ {what}: {told}")
    return "\n".join(lines)


def _pair(was: Counts | None, would: Counts | None, name: str) -> str:
    one = "-" if was is None else getattr(was, name)
    other = "-" if would is None else getattr(would, name)
    return f"{one}" if one == other else f"{one} -> {other}"
