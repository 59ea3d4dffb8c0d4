"""All scenario files of a hub together: which policy answers for an event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as package_files

from contract.payloads.problem import CATALOGUE
from hub.policies.across import EVERY
from hub.policies.catalogue import Catalogue
from hub.policies.catalogue_files import shipped_catalogue
from hub.policies.faults import Fault, PolicyRefused
from hub.policies.policy import Policy
from hub.policies.reading import policy_name, read_policy

REPORTED = "reported"
_LONGEST_CODE = 32


@dataclass(frozen=True)
class PolicySet:
    """`assemble` makes it. `by_prefix` has beginnings of codes without their star, `by_filed` the class
    that events of a kind are filed under, for people who report the same by its class."""

    by_name: Mapping[str, Policy]
    by_kind: Mapping[str, Policy]
    by_class: Mapping[tuple[str, str], Policy]
    by_prefix: Mapping[tuple[str, str], Policy]
    by_filed: Mapping[tuple[str, str], Policy]
    rest: Policy | None
    catalogue: Catalogue

    def for_event(
        self, kind: str, class_code: str | None = None, catalogue: str | None = None
    ) -> Policy | None:
        """Of an event that brings its class: the policy of the class, of the longest beginning of it
        (`06*`), of the class's name in another catalogue, of the kind, of every class (`*`). Of others:
        the policy of the kind, or of what stands before its colon (`duty-overdue:gas-inspection`)."""
        if class_code is None:
            return self._of_kind(kind)
        of = catalogue or CATALOGUE
        found = self._of_class(of, class_code)
        if found is None and (same := self.catalogue.translated(of, class_code)):
            found = self._of_class(*same)
        return found or self._of_kind(kind) or self.rest

    def reported(self) -> Policy:
        """For a person's report of a class without a policy. The shipped one where the set has none."""
        return self.by_kind.get(REPORTED) or load_shipped().by_kind[REPORTED]

    def names(self) -> tuple[str, ...]:
        return tuple(self.by_name)

    def named(self, name: str) -> Policy | None:
        return self.by_name.get(name)

    def _of_kind(self, kind: str) -> Policy | None:
        return self.by_kind.get(kind) or self.by_kind.get(kind.partition(":")[0])

    def _of_class(self, catalogue: str, code: str) -> Policy | None:
        found = self.by_class.get((catalogue, code))
        if found is not None:
            return found
        if self.by_prefix:
            for length in range(min(len(code), _LONGEST_CODE), 0, -1):
                found = self.by_prefix.get((catalogue, code[:length]))
                if found is not None:
                    return found
        return self.by_filed.get((catalogue, code))


def assemble(
    files: Mapping[str, bytes],
    versions: Mapping[str, int] | None = None,
    catalogue: Catalogue | None = None,
) -> PolicySet:
    """Contents by name, with or without .yaml, wherever they are kept; versions by the same name, 1 where
    none is told. PolicyRefused with every fault of every file, and of the set."""
    known = catalogue or shipped_catalogue()
    faults: list[Fault] = []
    read: dict[str, tuple[str, Policy]] = {}
    for file_name, content in sorted(files.items()):
        name = policy_name(file_name)
        version = (versions or {}).get(file_name, (versions or {}).get(name, 1))
        try:
            policy = read_policy(file_name, content, version=version, catalogue=known)
        except PolicyRefused as refused:
            faults += refused.faults
            continue
        if name in read:
            text = f"{read[name][0]} is policy {name} already: expected one file for each"
            faults.append(Fault(file_name, 0, text))
        read.setdefault(name, (file_name, policy))
    faults += _twice(read.values())
    if faults:
        raise PolicyRefused(faults)
    return _indexed([policy for _, policy in read.values()], known)


def _claims(policy: Policy) -> Iterator[tuple[str, str]]:
    """What it answers for. `*` is one thing, whatever the catalogue."""
    for kind in policy.kinds:
        yield "kind", kind
    for code in policy.classes:
        yield (f"class of {policy.catalogue}" if code != EVERY else "class"), code


def _twice(read: Iterable[tuple[str, Policy]]) -> Iterator[Fault]:
    first: dict[tuple[str, str], str] = {}
    for file_name, policy in read:
        for claim in _claims(policy):
            if claim in first:
                what = f"{claim[0]} {claim[1]}"
                text = f"{what} has policy {first[claim]} already: expected one for each"
                yield Fault(file_name, 0, text)
            first.setdefault(claim, policy.name)


def _indexed(policies: Iterable[Policy], catalogue: Catalogue) -> PolicySet:
    by_class: dict[tuple[str, str], Policy] = {}
    by_prefix: dict[tuple[str, str], Policy] = {}
    by_kind: dict[str, Policy] = {}
    filed: dict[tuple[str, str], list[Policy]] = {}
    rest: Policy | None = None
    for policy in (listed := list(policies)):
        by_kind |= dict.fromkeys(policy.kinds, policy)
        if policy.class_code is not None:
            filed.setdefault((policy.catalogue, policy.class_code), []).append(policy)
        for code in policy.classes:
            if code == EVERY:
                rest = policy
            elif code.endswith(EVERY):
                by_prefix[policy.catalogue, code.removesuffix(EVERY)] = policy
            else:
                by_class[policy.catalogue, code] = policy
    alone = {ref: found[0] for ref, found in filed.items() if len(found) == 1}
    return PolicySet(
        {policy.name: policy for policy in listed},
        by_kind,
        by_class,
        by_prefix,
        alone,
        rest,
        catalogue,
    )


def shipped_files() -> dict[str, bytes]:
    """The reference set by file name, as it comes with the hub."""
    folder = package_files("hub.policies") / "shipped"
    found = sorted(folder.iterdir(), key=lambda one: one.name)
    return {one.name: one.read_bytes() for one in found if one.name.endswith(".yaml")}


@cache
def load_shipped() -> PolicySet:
    """Version 1 of each."""
    return assemble(shipped_files())
