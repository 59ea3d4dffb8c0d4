"""A score as a page of text. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edile.attendance.scoring import MISSING, VERDICTS, Confusion, Score, Share, wilson

_COLUMN = 12


def score_text(result: Score, *, wrong: bool) -> str:
    return "\n".join((*_page(result), *(_wrong(result) if wrong else ())))


def _page(result: Score) -> Iterator[str]:
    yield (
        f"{result.n} shifts; {result.missing} without a verdict, {result.unplanned} verdicts about "
        f"other shifts, {result.revised} revised"
    )
    yield from _table("all shifts", result.confusion)
    yield from _table("knowable", result.knowable)
    yield ""
    yield "knowable    recall                          precision"
    for verdict in VERDICTS[:-1]:
        yield f"{verdict:{_COLUMN}}{_told(result.recall[verdict]):32}{_told(result.precision[verdict])}"
    yield ""
    yield f"unknown although the badge worked   {_told(result.unknown_working)}"
    yield f"wrongly absent                      {_told(result.wrong_absent)}"
    minutes = result.minutes
    yield (
        f"minutes inside, error               median {minutes.median}, p95 {minutes.p95}, "
        f"most {minutes.most}, mean {minutes.mean} (n={minutes.n})"
    )
    yield ""
    yield "exception         right  wrong  missed  may  again  precision / recall"
    for kind, one in result.exceptions.items():
        precision = Share(one.right, one.right + one.wrong)
        recall = Share(one.found, one.found + one.not_found)
        yield (
            f"{kind:18}{one.right:5}{one.wrong:7}{one.not_found:8}{one.may:5}{one.repeated:7}"
            f"  {_told(precision)} / {_told(recall)}"
        )
    proxies = result.exceptions["proxy-suspected"]
    yield f"badges named of sets that were found: {_told(Share(proxies.named, proxies.to_name))}"
    accused = result.crew_accused
    most = wilson(accused.hits, accused.n)[1]
    yield (
        f"honest crews accused: {accused.hits} exceptions in {accused.n} crew-shifts "
        f"(at most {most * 10_000:.1f} per 10,000)"
    )


def _table(title: str, confusion: Confusion) -> Iterator[str]:
    columns = (*VERDICTS, MISSING)
    yield ""
    yield f"{title:{_COLUMN}}" + "".join(f"{name:>{_COLUMN}}" for name in columns) + "   told"
    for verdict, row in confusion.items():
        yield f"{verdict:{_COLUMN}}" + "".join(f"{row.get(c, 0):{_COLUMN}}" for c in columns)


def _told(share: Share) -> str:
    if share.value is None:
        return "- (n=0)"
    low, high = share.interval
    return f"{share.value:.2%} ({low:.2%} to {high:.2%}, n={share.n})"


def _wrong(result: Score) -> Iterable[str]:
    yield ""
    yield from result.wrong
    for one in result.exceptions.values():
        yield from (f"wrong: {row}" for row in one.wrong_rows)
        yield from (f"missed: {row}" for row in one.not_found_rows)
