"""A scenario file -> Policy. Every fault of the file is told at once, with its line and what to write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from contract.payloads.problem import CATALOGUE as DEFAULT
from hub.policies.across import across
from hub.policies.catalogue import LOCAL, Catalogue
from hub.policies.catalogue_files import shipped_catalogue
from hub.policies.faults import Fault, PolicyRefused
from hub.policies.nodes import NotAsExpected, Wrong, composed
from hub.policies.policy import Policy, Text, Texts
from hub.policies.sections import FROM_EVENT, SCENARIO
from hub.policies.values import SLUG, partial

SUFFIXES = (".yaml", ".yml")


def policy_name(file_name: str) -> str:
    """The policy's name is the file's, with or without .yaml."""
    for suffix in SUFFIXES:
        file_name = file_name.removesuffix(suffix)
    return file_name


def read_policy(
    file_name: str, content: bytes, *, version: int = 1, catalogue: Catalogue | None = None
) -> Policy:
    """`file_name` without folders. PolicyRefused with all faults. `catalogue` None = the shipped one."""
    name = policy_name(file_name)
    wrong: list[Wrong] = []
    if not SLUG.fullmatch(name) or len(name) > 63:
        wrong.append(
            (0, "expected a file name of small letters, digits and hyphens: over-capacity.yaml")
        )
    try:
        found, lines, faults = partial(composed(content), SCENARIO, "a scenario: keys and values")
    except NotAsExpected as error:
        raise _refused(file_name, [*wrong, *error.wrong]) from error
    wrong += faults
    wrong += across(found, lines, catalogue or shipped_catalogue())
    if wrong:
        raise _refused(file_name, wrong)
    return _made(name, version, found)


def _refused(file_name: str, wrong: Iterable[Wrong]) -> PolicyRefused:
    return PolicyRefused(Fault(file_name, line, text) for line, text in wrong)


def _made(name: str, version: int, found: Mapping[str, Any]) -> Policy:
    fields = dict(found)
    titles, asks = fields.pop("title"), fields.pop("ask", {"zh": "", "en": ""})
    texts = {lang: Text(title=titles[lang], ask=asks[lang]) for lang in ("zh", "en")}
    for key in ("kinds", "classes", "stages", "escalation"):
        if key in fields:
            fields[key] = tuple(one.value for one in fields[key])
    for key in ("class_code", "catalogue"):
        if key in fields:
            fields[key] = fields[key].value
    if fields.get("class_code") == FROM_EVENT:
        fields["class_code"] = None
    fields.setdefault("catalogue", DEFAULT if "classes" in found else LOCAL)
    return Policy(name=name, version=version, texts=Texts(**texts), **fields)
