"""What an e-mail says of an event, in Chinese and English. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from hub.notifying.plain import one_line
from hub.store.recipients import Language

Single = Literal["zh", "en"]


class Words(NamedTuple):
    zh: str
    en: str


TITLES = {
    "order.opened": Words("新工单", "New work order"),
    "order.escalated": Words("超期升级", "Escalated"),
    "order.reminded": Words("催办", "Reminder"),
    "order.overdue": Words("已超期", "Overdue"),
    "order.extended": Words("延期", "Extended"),
    "order.look-needed": Words("需人工核查", "A person must look"),
    "order.sighted": Words("再次发现", "Seen again"),
    "order.reclassified": Words("类别变更", "Another class"),
    "order.stage-met": Words("阶段完成", "Stage met"),
    "order.handed-over": Words("移交其他单位", "Handed over to another unit"),
    "order.merged": Words("已并入其他工单", "Merged into another"),
    "order.unmerged": Words("已拆分", "On its own again"),
    "order.merged-part": Words("并入其他工单", "Another order merged into it"),
    "order.unmerged-part": Words("拆出其他工单", "Another order taken out of it"),
    "order.step-failed": Words("自动步骤失败", "A step of the hub's fails"),
    "notice.test": Words("测试通知", "Test notice"),
}
MOVED = {
    "review": Words("待审核", "To be reviewed"),
    "no-owner": Words("无责任单位", "Nobody's yet"),
    "dispatched": Words("已派遣", "Dispatched"),
    "resolved": Words("已处置，待核查", "Resolved, to be verified"),
    "closed": Words("已结案", "Closed"),
    "returned": Words("已回退", "Returned"),
    "shelved": Words("已挂账", "Shelved"),
    "void": Words("已作废", "Void"),
}
FIELDS = {
    "number": Words("工单编号", "Number"),
    "title": Words("事项", "Matter"),
    "class_code": Words("类别", "Class"),
    "kind": Words("情形", "Kind"),
    "priority": Words("优先级", "Priority"),
    "state": Words("状态", "State"),
    "from": Words("原状态", "State before"),
    "unit": Words("责任单位", "Unit"),
    "to_unit": Words("发送单位", "Addressed to"),
    "due_at": Words("截止时间", "Due"),
    "step": Words("步骤", "Step"),
    "stage": Words("阶段", "Stage"),
    "stage_due_at": Words("阶段截止", "Stage due"),
    "on_duty": Words("值班", "On duty"),
    "address": Words("地点", "Place"),
    "reason": Words("事由", "Reason"),
}
_LEAD = {
    "zh": (
        "时间",
        "对象",
        "此邮件由系统自动发送；同一事项重复收到时，邮件编号（Message-ID）相同。",
    ),
    "en": (
        "Time",
        "Subject",
        "Sent by a program. Should it come twice, both copies have the same Message-ID.",
    ),
}
MAX_VALUE_CHARS = 500


def subject_of(told: Mapping[str, Any], language: Language) -> str:
    """One line, whatever the event holds."""
    title = _title(told)
    words = {"zh": title.zh, "en": title.en, "both": f"{title.zh} / {title.en}"}[language]
    number = told["data"].get("number")
    tail = f" {number}" if isinstance(number, str) else ""
    return one_line(f"[{told['district']}] {words}{tail}")


def text_of(told: Mapping[str, Any], language: Language) -> str:
    both: tuple[Single, ...] = ("zh", "en")
    languages = both if language == "both" else (language,)
    return "\n\n".join(_part(told, one) for one in languages) + "\n"


def _part(told: Mapping[str, Any], language: Single) -> str:
    time, subject, tail = _LEAD[language]
    colon = "：" if language == "zh" else ": "
    lines = [getattr(_title(told), language), ""]
    for name, words in FIELDS.items():
        value = _people(told["data"].get(name))
        if isinstance(value, str | int | float) and value != "":
            lines.append(f"{getattr(words, language)}{colon}{_value(name, value, language)}")
    lines += [
        f"{time}{colon}{told['timestamp']}",
        f"{subject}{colon}{one_line(told['subject'], MAX_VALUE_CHARS)}",
    ]
    return "\n".join([*lines, "", tail])


def _people(value: object) -> object:
    """Of those on duty, who they are."""
    if not isinstance(value, list):
        return value
    named = [one.get("person") for one in value if isinstance(one, dict)]
    return ", ".join(one for one in named if isinstance(one, str))


def _value(name: str, value: object, language: Single) -> str:
    """States by their names in the field; everything else as it is."""
    if name in ("state", "from") and value in MOVED:
        return str(getattr(MOVED[str(value)], language))
    return one_line(str(value), MAX_VALUE_CHARS)


def _title(told: Mapping[str, Any]) -> Words:
    type_ = str(told["type"])
    state = told["data"].get("state")
    if type_ == "order.moved" and state in MOVED:
        return MOVED[state]
    return TITLES.get(type_, Words(type_, type_))
