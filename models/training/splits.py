"""Whole groups into splits, the same for everybody with the same seed and data."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence


def grouped_split(
    stratum: Sequence[Hashable],
    group: Sequence[Hashable],
    shares: Mapping[str, float],
    *,
    seed: int,
) -> list[str]:
    """The split's name per item: each stratum is shared out in whole groups.

    `shares` sum to 1 and are met within one group's size per stratum; the first named split takes
    what is left over.
    """
    members: dict[Hashable, dict[Hashable, list[int]]] = defaultdict(lambda: defaultdict(list))
    for i, (s, g) in enumerate(zip(stratum, group, strict=True)):
        members[s][g].append(i)
    chosen = [next(iter(shares))] * len(stratum)
    for s in sorted(members, key=str):
        rest = sorted(members[s].values())
        random.Random(f"{seed}/{s}").shuffle(rest)  # noqa: S311 - a split, no secret
        total = sum(map(len, rest))
        for name, share in list(shares.items())[1:]:
            room = round(total * share)
            while rest and len(rest[-1]) <= room:
                taken = rest.pop()
                room -= len(taken)
                for i in taken:
                    chosen[i] = name
    return chosen
