"""What changes between two versions of a policy, or two sets of them: as data, and as words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from hub.policies.policy import Policy
from hub.policies.words import facts_of

WHOLE = "policy"


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One part of one policy. `before` None = it was not there, `after` None = it is there no longer."""

    policy: str
    part: str
    before: str | None = None
    after: str | None = None

    @property
    def what(self) -> Literal["added", "removed", "changed"]:
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.part} added: {self.after}"
        if self.after is None:
            return f"{self.part} removed (was: {self.before})"
        return f"{self.part} {self.before} -> {self.after}"


def policy_changes(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Empty when they ask for the same; the version is none of it."""
    before, after = _facts(old), _facts(new)
    return tuple(
        Change(policy=new.name, part=part, before=before.get(part), after=after.get(part))
        for part in dict.fromkeys((*before, *after))
        if before.get(part) != after.get(part)
    )


def set_changes(old: Mapping[str, Policy], new: Mapping[str, Policy]) -> tuple[Change, ...]:
    """By name: whole policies that come or go, and the changes of those that stay."""
    found: list[Change] = []
    for name in sorted({*old, *new}):
        if name not in old:
            found.append(Change(policy=name, part=WHOLE, after=_title(new[name])))
        elif name not in new:
            found.append(Change(policy=name, part=WHOLE, before=_title(old[name])))
        else:
            found += policy_changes(old[name], new[name])
    return tuple(found)


def told(changes: Iterable[Change]) -> list[str]:
    """A line for each policy: `over-capacity: deadline resolve 4 ... -> 2 ...; escalation ... removed`."""
    lines: dict[str, list[str]] = {}
    for change in changes:
        lines.setdefault(change.policy, []).append(str(change))
    return [f"{name}: {'; '.join(said)}" for name, said in lines.items()]


def _facts(policy: Policy) -> dict[str, str]:
    """In English, with the Chinese texts beside the English ones."""
    zh = policy.texts.zh
    return {"title (zh)": zh.title, "ask (zh)": zh.ask, **facts_of(policy, "en")}


def _title(policy: Policy) -> str:
    return f"{policy.texts.zh.title} {policy.texts.en.title}"
