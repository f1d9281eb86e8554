import json
import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from coordination.registers.rows import UnreadableFile
from coordination.registers.source import RegisterFile

LARGEST_VALUE = 2_000_000  # characters of one element; a school unit has two thousand
DEEPEST = 12  # lists and objects around a unit; the registers use five
SPACE = re.compile(r"[ \t\r\n\ufeff]*")


def read_objects(source: RegisterFile, wrappers: frozenset[str]) -> Iterator[tuple[int, Any]]:
    """Line number and value of each object of the file, one at a time: however long the file, one is in memory.

    Objects lie in lists, and in objects under the keys named in `wrappers`. What else stands in a list comes along,
    for the caller to refuse. Raises UnreadableFile, naming the line, where the JSON is broken.
    """
    yield from _Stream(source).elements(wrappers)


class _Stream:
    """A window over the text that moves on as values are taken from it."""

    def __init__(self, source: RegisterFile) -> None:
        self._blocks = source.blocks()
        self._buffer = ""
        self._at = 0
        self._ended = False
        self._line = 1
        self._decoder = json.JSONDecoder()

    def elements(self, wrappers: frozenset[str], depth: int = 0) -> Iterator[tuple[int, Any]]:
        if depth > DEEPEST:
            raise self._broken()
        if self._peek() == "[":
            yield from self._list(wrappers, depth)
        elif self._peek() == "{":
            yield from self._object(wrappers, depth)
        else:
            line = self._line
            yield line, self._value()

    def _list(self, wrappers: frozenset[str], depth: int) -> Iterator[tuple[int, Any]]:
        self._take("[")
        while self._peek() != "]":
            yield from self.elements(wrappers, depth + 1)
            if self._peek() != "]":
                self._take(",")
        self._take("]")

    def _object(self, wrappers: frozenset[str], depth: int) -> Iterator[tuple[int, Any]]:
        line, rest, unwrapped = self._line, {}, False
        self._take("{")
        while self._peek() != "}":
            key = self._value()
            if not isinstance(key, str):
                raise self._broken()
            self._take(":")
            if key in wrappers and self._peek() in {"[", "{"}:
                unwrapped = True
                yield from self.elements(wrappers, depth + 1)
            else:
                rest[key] = self._value()
            if self._peek() != "}":
                self._take(",")
        self._take("}")
        if not unwrapped:
            yield line, rest

    def _value(self) -> Any:
        """The next whole value; the window grows until it holds it."""
        self._peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
            except (ValueError, RecursionError) as error:
                if self._ended or len(self._buffer) > LARGEST_VALUE:
                    raise self._broken() from error
            else:
                # A number at the very end of the window may go on in the next block.
                if end < len(self._buffer) or self._ended:
                    self._move_to(end)
                    return value
            self._grow()

    def _peek(self) -> str:
        """The next character that is no space; nothing at the end of the file."""
        while True:
            space = SPACE.match(self._buffer, self._at)
            self._move_to(space.end() if space else self._at)
            if self._at < len(self._buffer) or self._ended:
                return self._buffer[self._at : self._at + 1]
            self._grow()

    def _take(self, character: str) -> None:
        if self._peek() != character:
            raise self._broken()
        self._move_to(self._at + 1)

    def _move_to(self, position: int) -> None:
        self._line += self._buffer.count("\n", self._at, position)
        self._at = position

    def _grow(self) -> None:
        self._buffer, self._at = self._buffer[self._at :], 0
        try:
            self._buffer += next(self._blocks)
        except StopIteration:
            self._ended = True

    def _broken(self) -> UnreadableFile:
        return UnreadableFile(_("Line %(line)d is not JSON as the register writes it.") % {"line": self._line})
