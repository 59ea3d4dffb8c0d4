"""When what would happen to an order of a policy, opened at a given moment, if nothing is done before its
time is over. Pure arithmetic over a calendar."""

from __future__ import annotations

from typing import NamedTuple

from hub.deadlines import Calendar, Computed, Stage, due
from hub.policies.policy import RESOLVE, Policy, Step
from hub.policies.words import Lang, figure, percent, word

_MINUTE_NS, _HOUR_NS = 60 * 10**9, 3600 * 10**9


class Happening(NamedTuple):
    at_ns: int
    text: str


def timeline(
    policy: Policy, opened_ns: int, calendar: Calendar | None, lang: Lang = "en"
) -> list[Happening]:
    """In order of time. The order is taken to be dispatched when it is opened, each stage to be met when
    it is due. Without a calendar a working hour counts as an hour, a day as 24 of them."""
    computed = _due_times(policy, opened_ns, calendar)
    zh = lang == "zh"
    found = [Happening(opened_ns, "立案并派遣" if zh else "opened and dispatched")]
    for name, one in computed.items():
        if one.due_ns is not None:
            text = f"{word(lang, name)}到期" if zh else f"{name} is due"
            known = (
                ""
                if not one.beyond_known
                else ("（年历未发布）" if zh else " (calendar not published)")
            )
            found.append(Happening(one.due_ns, text + known))
    for step in policy.escalation:
        at_ns = _step_ns(step, computed, calendar)
        if at_ns is not None:
            found.append(Happening(at_ns, _step_text(step, lang)))
    found += _looks(policy, computed[RESOLVE].due_ns, lang)
    return sorted(found, key=lambda one: one.at_ns)


def _due_times(policy: Policy, opened_ns: int, calendar: Calendar | None) -> dict[str, Computed]:
    moments = {"opened": opened_ns, "dispatched": opened_ns}
    computed: dict[str, Computed] = {}
    for _ in policy.stages:
        for stage in policy.stages:
            if stage.name in computed or stage.since not in moments:
                continue
            one = computed[stage.name] = _due(moments[stage.since], stage, calendar)
            at_ns = opened_ns if one.due_ns is None else one.due_ns
            moments[stage.name] = at_ns
            if stage.name == RESOLVE:
                moments["resolved"] = at_ns
    return computed


def _due(start_ns: int, stage: Stage, calendar: Calendar | None, share: float = 1.0) -> Computed:
    amount = stage.amount * share
    if calendar is not None or stage.unit == "urgent-hour":
        return due(start_ns, amount, stage.unit, calendar)
    hours = amount if stage.unit == "working-hour" else amount * 24
    return due(start_ns, hours, "urgent-hour")


def _step_ns(step: Step, computed: dict[str, Computed], calendar: Calendar | None) -> int | None:
    of = computed[step.of]
    if step.share is not None:
        part = Stage(name=step.name, amount=of.amount, unit=of.unit)
        return _due(of.start_ns, part, calendar, step.share).due_ns
    if of.due_ns is None:
        return None
    behind = Stage(name=step.name, amount=step.after or 0, unit=step.unit)
    return _due(of.due_ns, behind, calendar).due_ns


def _step_text(step: Step, lang: Lang) -> str:
    to = word(lang, step.to)
    share = "" if step.share is None else percent(step.share)
    if lang == "zh":
        done = {"remind": "提醒", "escalate": "上报"}[step.do]
        why = f"{word(lang, step.of)}时限已用 {share}" if share else f"{word(lang, step.of)}超期"
        return f"{done}{to}：{step.name}（{why}）"
    why = f"{share} of {step.of} is used" if share else f"{step.of} is late"
    return f"{step.do} {to}: {step.name} ({why})"


def _looks(policy: Policy, resolved_ns: int | None, lang: Lang) -> list[Happening]:
    look = policy.verification
    if look.mode != "edge-relook" or resolved_ns is None:
        return []
    first_ns = resolved_ns + int(look.earliest_min * _MINUTE_NS)
    last = figure(look.latest_min)
    text = (
        f"最早复看（处置后 {last} min 内）"
        if lang == "zh"
        else f"earliest second look (latest: {last} min after)"
    )
    found = [Happening(first_ns, text)]
    if look.again_after_h is not None:
        again_ns = first_ns + int(look.again_after_h * _HOUR_NS)
        again = (
            "再看一次，若此前已结案"
            if lang == "zh"
            else "looks once more, if it was closed by the first"
        )
        found.append(Happening(again_ns, again))
    return found
