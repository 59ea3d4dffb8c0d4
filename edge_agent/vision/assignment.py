"""Which of these belongs to which of those, at the least total cost. Pure.

The method of shortest augmenting paths with potentials (Kuhn 1955, Munkres 1957, in the form of
Jonker and Volgenant 1987), O(n²m): a street has tens of things, not thousands.
"""

from __future__ import annotations

from collections.abc import Sequence

NO_PAIR = 1e6


def assign(costs: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Pairs (row, column), rising by row; a pair of cost NO_PAIR or more is none."""
    if not costs or not costs[0]:
        return []
    rows, columns = len(costs), len(costs[0])
    if rows > columns:
        turned = [[costs[r][c] for r in range(rows)] for c in range(columns)]
        return sorted((r, c) for c, r in assign(turned))
    row_of = _rows_of_columns(costs, rows, columns)
    pairs = [(row_of[c] - 1, c - 1) for c in range(1, columns + 1) if row_of[c]]
    return sorted((r, c) for r, c in pairs if costs[r][c] < NO_PAIR)


def _rows_of_columns(costs: Sequence[Sequence[float]], rows: int, columns: int) -> list[int]:
    """1-based; 0 = the column is free."""
    row_price, column_price = [0.0] * (rows + 1), [0.0] * (columns + 1)
    row_of = [0] * (columns + 1)
    for row in range(1, rows + 1):
        row_of[0] = row
        way = _cheapest_way(costs, row_of, row_price, column_price)
        column, path = way
        while column:
            row_of[column] = row_of[path[column]]
            column = path[column]
    return row_of


def _cheapest_way(
    costs: Sequence[Sequence[float]],
    row_of: list[int],
    row_price: list[float],
    column_price: list[float],
) -> tuple[int, list[int]]:
    """The free column that the row in `row_of[0]` reaches most cheaply, and the way back."""
    count = len(row_of)
    best, path, used = [float("inf")] * count, [0] * count, [False] * count
    column = 0
    while row_of[column]:
        used[column] = True
        row, step, following = row_of[column], float("inf"), 0
        for one in range(1, count):
            if used[one]:
                continue
            reduced = costs[row - 1][one - 1] - row_price[row] - column_price[one]
            if reduced < best[one]:
                best[one], path[one] = reduced, column
            if best[one] < step:
                step, following = best[one], one
        for one in range(count):
            if used[one]:
                row_price[row_of[one]] += step
                column_price[one] -= step
            else:
                best[one] -= step
        column = following
    return column, path
