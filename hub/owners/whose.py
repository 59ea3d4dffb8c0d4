"""The answer to "whose problem is this": the words that orders keep of it."""

from __future__ import annotations

from typing import Literal

import msgspec

How = Literal["overlay", "class-area", "area"]


class Candidate(msgspec.Struct, frozen=True):
    """An area that would answer if the point lay elsewhere in its circle of error."""

    area: str
    version: int
    unit: str
    how: How


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """`unit` sees to it; `main` answers for it (主责), the unit itself where nobody else is named;
    `assisting` help (协办). `contractor` holds `lot` (标段) then, or is whom the unit belongs to.
    `near_border`: the circle of error reaches over a border of `area`; `others` are whose areas it may
    be in as well, none of them where beyond the border nobody answers."""

    area: str
    version: int
    unit: str
    main: str
    how: How
    assisting: tuple[str, ...] = ()
    contractor: str | None = None
    lot: str | None = None
    near_border: bool = False
    others: tuple[Candidate, ...] = ()
