"""A scenario file as tests change it, line by line."""

from __future__ import annotations

import pytest

from hub.policies.faults import PolicyRefused
from hub.policies.policy import Policy
from hub.policies.reading import read_policy

PLAIN = {
    "title": "{zh: 店外经营, en: Shop trading outside}",
    "classes": '["09005"]',
    "time": "4 urgent-hour",
}


def written(changes: dict[str, str | None]) -> bytes:
    """A key a line, in the order of PLAIN and then of `changes`; None leaves a key out."""
    whole = {**PLAIN, **changes}
    return "".join(
        f"{key}: {value}\n" for key, value in whole.items() if value is not None
    ).encode()


def read(**changes: str | None) -> Policy:
    return read_policy("shop.yaml", written(changes))


def refusals(content: bytes, name: str = "shop.yaml") -> list[str]:
    with pytest.raises(PolicyRefused) as refused:
        read_policy(name, content)
    assert str(refused.value).splitlines() == [str(fault) for fault in refused.value.faults]
    return [str(fault) for fault in refused.value.faults]
