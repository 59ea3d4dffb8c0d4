"""What docs/notices.md tells receivers to do works."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.notifying.signing import new_secret, sign
from tests.hub.notifying.office import SECRET
from tests.hub.notifying.test_signing import BODY, ID

PAGE = Path(__file__).parents[3] / "docs" / "notices.md"


@pytest.fixture
def verified() -> Callable[..., bool]:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    assert len(found[1].strip().splitlines()) <= 10
    names: dict[str, Any] = {}
    exec(found[1], names)
    answer: Callable[..., bool] = names["verified"]
    return answer


def test_the_receivers_ten_lines_tell_our_notices_from_others(
    verified: Callable[..., bool],
) -> None:
    now_s = int(time.time())
    headers = sign([SECRET], ID, now_s, BODY)
    assert verified(SECRET, headers, BODY)
    assert not verified(SECRET, headers, BODY + b" ")
    assert not verified(new_secret(bytes), headers, BODY)
    assert not verified(SECRET, {**headers, "webhook-id": "msg_2"}, BODY)
    assert not verified(SECRET, sign([SECRET], ID, now_s - 3600, BODY), BODY)
    assert verified(SECRET, sign([new_secret(bytes), SECRET], ID, now_s, BODY), BODY)
