"""What a policy says, part by part, in plain words; for people, for comparing two versions. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from hub.deadlines.clocks import Unit
from hub.deadlines.computing import Stage
from hub.policies.policy import Policy, Step

Lang = Literal["zh", "en"]
_ZH = {
    "urgent-hour": "紧急工作时",
    "working-hour": "工作时",
    "working-day": "工作日",
    "calendar-day": "自然日",
    "low": "低",
    "normal": "一般",
    "high": "高",
    "urgent": "紧急",
    "owner": "责任单位",
    "assisting": "协办单位",
    "parent": "上级单位",
    "district": "区级",
    "opened": "立案",
    "dispatched": "派遣",
    "resolved": "处置完成",
    "resolve": "处置",
    "accept": "接单",
    "arrive": "到场",
    "gateway": "网关",
    "drone": "无人机",
    "person": "人员",
    "duty": "职责",
    "hub": "平台",
    "review": "待审",
    "no-owner": "无主",
    "returned": "回退",
    "problem": "每个问题一单",
    "object": "同一对象一单",
    "cell": "同一网格一单",
    "zone": "同一区域一单",
    "badge": "同一工牌一单",
    "vehicle": "同一车辆一单",
    "auto-resolve": "消失即视为处置完成",
    "wait": "等待人员确认",
    "relook": "安排复看",
}
_EN = {
    "problem": "each problem has its order",
    "object": "one open order for each object",
    "cell": "one open order for each cell",
    "zone": "one open order for each zone",
    "badge": "one open order for each badge",
    "vehicle": "one open order for each vehicle",
    "auto-resolve": "counts as resolved",
    "wait": "is noted and waits for a person",
    "relook": "is looked at again",
}


def word(lang: Lang, term: str) -> str:
    return (_ZH if lang == "zh" else _EN).get(term, term)


def figure(number: float) -> str:
    return f"{number:g}"


def given(lang: Lang, amount: float, unit: Unit) -> str:
    return f"{figure(amount)} {word(lang, unit)}"


def percent(share: float) -> str:
    return f"{figure(round(share * 100, 4))} %"


def facts_of(policy: Policy, lang: Lang = "en") -> dict[str, str]:
    """Statements by part, in the order of the file. Two policies differ where these do."""
    zh = lang == "zh"
    text = policy.texts.zh if zh else policy.texts.en
    facts = {"标题" if zh else "title": text.title, "要求" if zh else "ask": text.ask}
    facts["适用" if zh else "answers for"] = _claims(policy, zh=zh)
    facts["类别" if zh else "class"] = _class(policy, zh=zh)
    facts["优先级" if zh else "priority"] = word(lang, policy.priority)
    facts["审核" if zh else "review"] = _review(policy, zh=zh)
    facts["立案条件" if zh else "filing"] = _filing(policy, lang)
    facts["责任单位" if zh else "owner"] = _owner(policy, zh=zh)
    for stage in policy.stages:
        facts[f"{'时限' if zh else 'deadline'} {word(lang, stage.name)}"] = _stage(stage, lang)
    for step in policy.escalation:
        facts[f"{'督办' if zh else 'escalation'} '{step.name}'"] = _step(step, lang)
    facts["临期改动" if zh else "late changes"] = _late(policy, zh=zh)
    facts["办结证据" if zh else "evidence"] = _evidence(policy, zh=zh)
    facts["核查" if zh else "second look"] = _second_look(policy, zh=zh)
    facts["归并" if zh else "one problem"] = _one_problem(policy, lang)
    facts["复发" if zh else "recurrence"] = _recurrence(policy, zh=zh)
    facts["自行消失" if zh else "gone by itself"] = word(lang, policy.on_end)
    facts["失效" if zh else "expiry"] = _expiry(policy, lang)
    return {part: said for part, said in facts.items() if said}


def _joined(lang: Lang, terms: Iterable[str]) -> str:
    return ("、" if lang == "zh" else ", ").join(word(lang, term) for term in terms)


def _claims(policy: Policy, *, zh: bool) -> str:
    kinds, classes = ", ".join(policy.kinds), ", ".join(policy.classes)
    if kinds:
        return f"事件 {kinds}" if zh else f"events of kind {kinds}"
    return (
        f"类别 {classes}（{policy.catalogue}）"
        if zh
        else f"classes {classes} of {policy.catalogue}"
    )


def _class(policy: Policy, *, zh: bool) -> str:
    if policy.class_code is None:
        return f"随事件（{policy.catalogue}）" if zh else f"the event's own ({policy.catalogue})"
    return f"{policy.class_code} ({policy.catalogue})"


def _review(policy: Policy, *, zh: bool) -> str:
    if policy.review:
        return "先由人员审核" if zh else "a person looks first"
    return "直接派遣" if zh else "none, it goes out at once"


def _filing(policy: Policy, lang: Lang) -> str:
    filing, zh = policy.filing, lang == "zh"
    said: list[str] = []
    if filing.min_confidence:
        least = percent(filing.min_confidence)
        said.append(f"置信度不低于 {least}" if zh else f"confidence {least} or more")
    if filing.min_looks > 1:
        said.append(f"至少看到 {filing.min_looks} 次" if zh else f"seen {filing.min_looks} times")
    if filing.sources:
        sources = _joined(lang, filing.sources)
        said.append(f"仅限 {sources}" if zh else f"only from {sources}")
    return ("，" if zh else ", ").join(said) or ("一经发现" if zh else "the first word counts")


def _owner(policy: Policy, *, zh: bool) -> str:
    owner = policy.owner
    if owner.unit is not None:
        return f"固定 {owner.unit}" if zh else f"always {owner.unit}"
    if owner.by == "gateway":
        by = "发现网关所属单位" if zh else "the unit of the gateway that saw it"
    else:
        by = "所在责任区" if zh else "the duty area at the place"
    overlay = f"，优先图层 {owner.overlay}" if zh else f", first of overlay {owner.overlay}"
    return by + (overlay if owner.overlay else "")


def _stage(stage: Stage, lang: Lang) -> str:
    amount, since = given(lang, stage.amount, stage.unit), word(lang, stage.since)
    return f"{since}起 {amount}" if lang == "zh" else f"{amount} after {since}"


def _step(step: Step, lang: Lang) -> str:
    of, to = word(lang, step.of), word(lang, step.to)
    zh = lang == "zh"
    do = {"remind": "提醒", "escalate": "上报"}[step.do] if zh else step.do
    if step.share is not None:
        at = f"{of}时限用到 {percent(step.share)} 时" if zh else f"at {percent(step.share)} of {of}"
    elif step.after:
        behind = given(lang, step.after, step.unit)
        at = f"{of}超期 {behind}后" if zh else f"{behind} after {of} is due"
    else:
        at = f"{of}一超期即" if zh else f"when {of} is due"
    raised = ""
    if step.priority is not None:
        priority = word(lang, step.priority)
        raised = f"，优先级升为{priority}" if zh else f", priority {priority}"
    return f"{at}{do}{to}{raised}" if zh else f"{do} {to} {at}{raised}"


def _late(policy: Policy, *, zh: bool) -> str:
    share = percent(policy.late_share)
    if zh:
        return f"剩余时间不足 {share} 时，挂账或延期须由其他单位批准"
    return f"with less than {share} of the time left, shelving or extending takes another unit"


def _evidence(policy: Policy, *, zh: bool) -> str:
    count, within = policy.evidence.closing_photos, figure(policy.evidence.within_m)
    if not count:
        return "不要求照片" if zh else "no photo needed"
    if zh:
        return f"派遣后在 {within} m 内拍摄的照片 {count} 张"
    plural = "s" if count > 1 else ""
    return f"{count} photo{plural} taken after dispatch within {within} m"


def _second_look(policy: Policy, *, zh: bool) -> str:
    look = policy.verification
    if look.mode == "none":
        return "无" if zh else "none"
    if look.mode == "other-person":
        return "由其他单位人员核查" if zh else "by a person who is not the one who did it"
    first, last = figure(look.earliest_min), figure(look.latest_min)
    within, sure = figure(look.answer_within_min), percent(look.min_confidence)
    again = "" if look.again_after_h is None else figure(look.again_after_h)
    if zh:
        more = f"，结案后 {again} h 再看一次" if again else ""
        return f"原设备在处置后 {first}-{last} min 内随机复看，{within} min 内答复，置信度不低于 {sure}{more}"
    more = f", and once more {again} h after closing" if again else ""
    return (
        f"by whoever saw it, {first} to {last} min after it was resolved, answer within {within} min, "
        f"confidence {sure} or more{more}"
    )


def _one_problem(policy: Policy, lang: Lang) -> str:
    dedupe, zh = policy.dedupe, lang == "zh"
    said = word(lang, dedupe.key)
    if dedupe.key == "cell":
        said += f"（{figure(dedupe.cell_m)} m）" if zh else f" of {figure(dedupe.cell_m)} m"
    if not dedupe.radius_m:
        return said
    radius, window = figure(dedupe.radius_m), figure(dedupe.window_h)
    same = dedupe.same_source == "join"
    if zh:
        return f"{said}，{'任何' if same else '不同'}来源 {radius} m、{window} h 内归并"
    whose = "any source" if same else "another source"
    return f"{said}; what {whose} sees within {radius} m and {window} h joins it"


def _recurrence(policy: Policy, *, zh: bool) -> str:
    soon, days = figure(policy.recurrence.reopen_within_h), figure(policy.recurrence.within_days)
    reopened = policy.recurrence.reopen_within_h
    rework = figure(policy.recurrence.rework_after_min)
    if zh:
        first = f"结案后 {soon} h 内重开原单，" if reopened else ""
        return f"处置完成 {rework} min 后再发现即返工，{first}{days} 天内立新单并关联原单"
    first = f"within {soon} h of closing the order is open again, " if reopened else ""
    seen = f"seen {rework} min after it was resolved it is sent back, "
    return f"{seen}{first}within {days} days a new order is linked to it"


def _expiry(policy: Policy, lang: Lang) -> str:
    expiry = policy.expiry
    if expiry is None:
        return "不失效" if lang == "zh" else "never"
    amount, states = given(lang, expiry.amount, expiry.unit), _joined(lang, expiry.states)
    if lang == "zh":
        return f"{states}状态下，{amount}内未再发现即作废"
    return f"void after {amount} without a sighting, when in {states}"
