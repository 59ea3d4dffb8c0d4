"""On which line of a TOML text each key stands. tomllib reads values but keeps no lines.

Reads text that tomllib has already accepted, so it only has to find its way, not to judge.
TOML 1.0.0: keys, strings, arrays, inline tables, [table], [[array of tables]].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

KeyPath = tuple[str | int, ...]
Lines = Mapping[KeyPath, int]

_SPACE = " \t\r"
_BLANK = " \t\r\n"
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


def positions(text: str) -> dict[KeyPath, int]:
    """1-based line of every table, key and array element; the whole document is `()` on line 1."""
    return _Scanner(text.replace("\r\n", "\n")).document()


def line_of(lines: Lines, path: KeyPath) -> int:
    """The line of `path`, else of the nearest thing around it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.line = text, 0, 1
        self.found: dict[KeyPath, int] = {(): 1}
        self.counts: dict[KeyPath, int] = {}  # arrays of tables: how many so far

    def document(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self.skip(_BLANK):
            if self.text.startswith("[[", self.at):
                table = self.array_of_tables()
            elif self.peek() == "[":
                table = self.table()
            else:
                self.assignment(table)
        return self.found

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def skip(self, blank: str) -> bool:
        """Past blanks and comments; False at the end of the text."""
        while (char := self.peek()) and (char in blank or char == "#"):
            if char == "#":
                self.take(lambda c: c != "\n")
            else:
                self.line += char == "\n"
                self.at += 1
        return bool(self.peek())

    def take(self, wanted: Callable[[str], bool]) -> str:
        start = self.at
        while (char := self.peek()) and wanted(char):
            self.at += 1
        return self.text[start : self.at]

    def mark(self, path: KeyPath, line: int) -> None:
        for end in range(1, len(path) + 1):
            self.found.setdefault(path[:end], line)

    def table(self) -> KeyPath:
        line, self.at = self.line, self.at + 1
        path = self.within_arrays(self.key())
        self.at += 1
        self.mark(path, line)
        return path

    def array_of_tables(self) -> KeyPath:
        line, self.at = self.line, self.at + 2
        *outer, name = self.key()
        array = (*self.within_arrays(tuple(outer)), name)
        self.at += 2
        index = self.counts.get(array, 0)
        self.counts[array] = index + 1
        self.mark((*array, index), line)
        return (*array, index)

    def within_arrays(self, key: tuple[str, ...]) -> KeyPath:
        """A header speaks of the last element of each array of tables on its way."""
        path: KeyPath = ()
        for part in key:
            path = (*path, part)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
        return path

    def assignment(self, table: KeyPath) -> None:
        line = self.line
        path = (*table, *self.key())
        self.mark(path, line)
        self.at += 1  # the equals sign
        self.skip(_SPACE)
        self.value(path)

    def key(self) -> tuple[str, ...]:
        """A dotted key, up to the sign after it."""
        parts: list[str] = []
        while True:
            self.skip(_SPACE)
            bare = self.peek() not in "\"'"
            parts.append(self.take(lambda c: c.isalnum() or c in "-_") if bare else self.string())
            self.skip(_SPACE)
            if self.peek() != ".":
                return tuple(parts)
            self.at += 1

    def value(self, path: KeyPath) -> None:
        char = self.peek()
        if char in "\"'":
            self.string()
        elif char == "[":
            self.array(path)
        elif char == "{":
            self.inline_table(path)
        else:
            self.take(lambda c: c not in ",]}#\n")

    def array(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while self.skip(_BLANK + ",") and self.peek() != "]":
            self.mark((*path, index), self.line)
            self.value((*path, index))
            index += 1
        self.at += 1

    def inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while self.skip(_BLANK + ",") and self.peek() != "}":
            self.assignment(path)
        self.at += 1

    def string(self) -> str:
        quote = self.peek()
        triple = self.text.startswith(quote * 3, self.at)
        return self.long_string(quote) if triple else self.short_string(quote)

    def long_string(self, quote: str) -> str:
        """Only its end matters: a multi-line string is never a key."""
        self.at += 3
        while not self.text.startswith(quote * 3, self.at):
            escaped = quote == '"' and self.peek() == "\\"
            self.line += self.text.count("\n", self.at, self.at + 1 + escaped)
            self.at += 1 + escaped
        self.at += 3
        self.take(lambda c: c == quote)  # up to two quotes may belong to the text
        return ""

    def short_string(self, quote: str) -> str:
        self.at += 1
        text: list[str] = []
        while (char := self.peek()) != quote:
            if char == "\\" and quote == '"':
                text.append(self.escape())
            else:
                text.append(char)
                self.at += 1
        self.at += 1
        return "".join(text)

    def escape(self) -> str:
        kind = self.text[self.at + 1]
        digits = {"u": 4, "U": 8}.get(kind, 0)
        code = self.text[self.at + 2 : self.at + 2 + digits]
        self.at += 2 + digits
        return chr(int(code, 16)) if digits else _ESCAPES[kind]
