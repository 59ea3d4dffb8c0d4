"""Scenes for deciding upon, filled in by the minute."""

from __future__ import annotations

from typing import Any

import msgspec

from hub.dispatching import Detection
from hub.dispatching.cells import cell_of
from hub.dispatching.correlating import Decision, decide
from hub.dispatching.scene import KnownOrder, KnownProblem, Scene
from hub.dispatching.states import OrderState
from hub.policies.policy import Dedupe, Policy, Text, Texts
from tests.hub.detections import at, detection
from tests.hub.dispatching.small_town import spot

_TEXTS = Texts(zh=Text(title="试"), en=Text(title="Trial"))
OBJECT = Policy(name="o", texts=_TEXTS, class_code="E1", dedupe=Dedupe(key="object"))
HEAP = Policy(name="h", texts=_TEXTS, class_code="E2", dedupe=Dedupe(radius_m=30, window_h=24))
MATTER = ("edile-local", "E2")
OPEN, CLOSED, VOID = OrderState.DISPATCHED, OrderState.CLOSED, OrderState.VOID


def word(n: int = 1, **changes: Any) -> Detection:
    """Of a heap at the corner; `east_m` moves it."""
    east_m = changes.pop("east_m", 0)
    return detection(n, **{**spot(east_m), **changes})


def policy(of: Policy = OBJECT, **changes: Any) -> Policy:
    return msgspec.structs.replace(of, **changes)


class Town:
    """A scene that is filled in by the minute."""

    def __init__(self) -> None:
        self.scene, self.n = Scene(), 0

    def order(
        self,
        name: str,
        key: str = "other",
        *,
        state: OrderState = OPEN,
        first: float = 0,
        last: float | None = None,
        closed: float | None = None,
        matter: tuple[str, str] = MATTER,
        into: str | None = None,
        east_m: float | None = 0,
    ) -> Town:
        self.n += 1
        one = word(east_m=east_m or 0)
        known = KnownOrder(
            id=name,
            seq=self.n,
            state=state,
            dedupe_key=key,
            matter=matter,
            first_at=at(first),
            last_at=at(first if last is None else last),
            closed_at=None if closed is None else at(closed),
            merged_into=into,
            cell=None if east_m is None else _cell(one),
            lon=one.lon if east_m is not None else None,
            lat=one.lat if east_m is not None else None,
        )
        self.scene.add_order(known)
        return self

    def problem(
        self,
        order: str | None,
        name: str = "p-1",
        slot: str = "cs-017",
        *,
        looks: int = 1,
        ended: float | None = None,
    ) -> Town:
        end = None if ended is None else at(ended)
        standing = KnownProblem(
            order_id=order, looks=looks, first_at=at(0), last_at=end or at(0), ended_at=end
        )
        self.scene.put_problem((f"/baiyun/{slot}", name), standing)
        return self

    def decides(self, one: Detection, by: Policy = OBJECT) -> Decision:
        return decide(self.scene, one, by)


def _cell(one: Detection) -> str:
    return cell_of(one.lon or 0, one.lat or 0)
