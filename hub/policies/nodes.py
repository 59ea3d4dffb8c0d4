"""A YAML file as nodes that know their lines; nothing in it is executed, expanded or guessed.

Values are read as they are written: a class code `06010` stays five digits (YAML 1.1 would make an octal
number of it) and `no` stays a word.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

MAX_BYTES = 64 * 1024
MAX_DEPTH = 8
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OPENS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSES = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
Wrong = tuple[int, str]
"""Line, counted from 1 (0 = the whole file), and what was expected there."""


class NotAsExpected(Exception):
    """Something of the file is not what it must be, perhaps in several places. The reader gathers them."""

    def __init__(self, *wrong: Wrong) -> None:
        super().__init__(wrong)
        self.wrong = wrong


def line_of(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def expected(node: yaml.Node, text: str) -> NotAsExpected:
    return NotAsExpected((line_of(node), text))


def composed(content: bytes) -> yaml.Node:
    """The file's one document. NotAsExpected for what is not plain YAML: then nothing else is read."""
    if len(content) > MAX_BYTES:
        raise NotAsExpected((0, f"{len(content)} bytes: expected at most {MAX_BYTES}"))
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotAsExpected((line, "expected UTF-8")) from error
    try:
        wrong = tuple(_not_plain(text))
        root = None if wrong else yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 0 if mark is None else mark.line + 1
        raise NotAsExpected((line, f"expected YAML: {error.problem}")) from error
    except yaml.YAMLError as error:  # a character that YAML forbids
        raise NotAsExpected((0, f"expected YAML: {str(error).splitlines()[0]}")) from error
    if wrong:
        raise NotAsExpected(*wrong)
    if root is None:
        raise NotAsExpected((0, "the file is empty: expected keys and values"))
    return root


def _not_plain(text: str) -> Iterator[Wrong]:
    """Depth is bounded before anything walks the nodes by recursion."""
    depth = documents = 0
    event: Any  # the stubs know less of events than PyYAML says of them
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1
        depth += isinstance(event, _OPENS) - isinstance(event, _CLOSES)
        if depth > MAX_DEPTH:
            yield line, f"expected at most {MAX_DEPTH} levels"
            return
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents == 2:
                yield line, "expected one document in a file: nothing behind ---"
        if isinstance(event, yaml.AliasEvent):
            yield line, f"*{event.anchor}: expected the value itself, not an alias"
            continue
        if getattr(event, "anchor", None):
            yield line, f"&{event.anchor}: expected no anchor; write the value where it belongs"
        if getattr(event, "tag", None):
            yield line, f"{event.tag}: expected plain values without tags"


def scalar(node: yaml.Node, what: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise expected(node, f"expected {what}")
    return str(node.value).strip()


def items(node: yaml.Node, what: str) -> list[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        raise expected(node, f"expected a list of {what}, such as [a, b]")
    return list(node.value)


def keyed(node: yaml.Node, what: str) -> tuple[dict[str, yaml.Node], dict[str, int], list[Wrong]]:
    """Value nodes and lines by key, first come first kept; keys that stand there twice or are no text."""
    if not isinstance(node, yaml.MappingNode):
        raise expected(node, f"expected {what}")
    found: dict[str, yaml.Node] = {}
    lines: dict[str, int] = {}
    wrong: list[Wrong] = []
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            wrong.append((line_of(key), "expected a key that is a word"))
            continue
        name = str(key.value)
        if name in found:
            wrong.append((line_of(key), f"{name} again: expected each key once"))
            continue
        found[name], lines[name] = value, line_of(key)
    return found, lines, wrong


def unknown(name: str, known: Iterable[str]) -> str:
    """What to write instead of a word that nobody knows."""
    words = list(known)
    near = difflib.get_close_matches(name, words, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{name!r} is unknown: expected one of {', '.join(words)}{hint}"


def strangers(lines: Mapping[str, int], known: Iterable[str]) -> list[Wrong]:
    words = list(known)
    return [(line, unknown(name, words)) for name, line in lines.items() if name not in words]
