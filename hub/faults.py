"""What is wrong with a document that somebody wrote: where, what stands there, what was expected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hub.errors import HubStop


@dataclass(frozen=True, slots=True)
class Fault:
    """`line` counts from 1; 0 = the whole document, or a place that `text` names."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"


class Refused(HubStop):
    """Every fault, not only the first; the message has one a line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@contextmanager
def one_line_each() -> Iterator[None]:
    """For commands: a line per fault on stderr, exit status 2."""
    import typer  # noqa: PLC0415 - only commands need it

    try:
        yield
    except HubStop as stop:
        for line in str(stop).splitlines():
            typer.echo(line, err=True)
        raise typer.Exit(2) from stop
