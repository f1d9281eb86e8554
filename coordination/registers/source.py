import codecs
import io
from collections.abc import Iterator
from typing import IO

from django.utils.translation import gettext as _

from coordination.registers.rows import UnreadableFile

BLOCK = 64 * 1024
LONGEST_LINE = 1_000_000  # characters; a register's longest real line is some ten thousand
REPLACED = "\ufffd"  # stands where a byte is no letter in the file's encoding

NOT_TEXT = [
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0", "excel"),
    (b"\x1f\x8b", "gz"),
    (b"%PDF", "pdf"),
]
BYTE_ORDER_MARKS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]


class RegisterFile:
    """An open register file as text: its encoding recognised, read in blocks, knowing how far it has come.

    Raises UnreadableFile when it is empty or no text.
    """

    def __init__(self, binary: IO[bytes]) -> None:
        self._binary = binary
        self.bytes_total = binary.seek(0, io.SEEK_END)
        self.encoding = self._recognise()

    @property
    def bytes_done(self) -> int:
        return self._binary.tell()

    def blocks(self) -> Iterator[str]:
        """The text in blocks, from the beginning, every line end as \\n."""
        self._binary.seek(0)
        letters = codecs.getincrementaldecoder(self.encoding)(errors="replace")
        decoder = io.IncrementalNewlineDecoder(letters, translate=True)
        while block := self._binary.read(BLOCK):
            yield decoder.decode(block)
        yield decoder.decode(b"", final=True)

    def lines(self) -> Iterator[tuple[int, str]]:
        """Line number and line, without its end. Raises UnreadableFile on a line that never ends."""
        number, rest = 0, ""
        for block in self.blocks():
            *lines, rest = (rest + block).split("\n")
            for line in lines:
                number += 1
                yield number, line
            if len(rest) > LONGEST_LINE:
                raise UnreadableFile(_("Line %(line)d is far too long for a register.") % {"line": number + 1})
        if rest:
            yield number + 1, rest

    def _recognise(self) -> str:
        """The encoding, from the byte order mark, the pattern of zero bytes, or what the letters decode to."""
        self._binary.seek(0)
        head = self._binary.read(BLOCK)
        if not head.strip():
            raise UnreadableFile(_("The file is empty."))
        for beginning, kind in NOT_TEXT:
            if head.startswith(beginning):
                raise UnreadableFile(_not_text(kind))
        for mark, encoding in BYTE_ORDER_MARKS:
            if head.startswith(mark):
                return encoding
        if b"\x00" in head:
            return _utf16_without_mark(head)
        return self._utf8_or_windows()

    def _utf8_or_windows(self) -> str:
        """UTF-8 if the whole file is, give or take a damaged letter; Windows-1252 otherwise."""
        self._binary.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        foreign = damaged = 0
        while block := self._binary.read(BLOCK):
            if b"\x00" in block:
                raise UnreadableFile(_not_text(""))
            text = decoder.decode(block)
            if not text.isascii():
                damaged += text.count(REPLACED)
                foreign += len(text) - len(text.encode("ascii", "ignore"))
        return "utf-8" if damaged * 20 <= foreign else "cp1252"


def _utf16_without_mark(head: bytes) -> str:
    """Latin letters leave every second byte zero: which half tells the byte order."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    most = len(head) // 4
    if odd > most and even < odd // 10:
        return "utf-16-le"
    if even > most and odd < even // 10:
        return "utf-16-be"
    raise UnreadableFile(_not_text(""))


def _not_text(kind: str) -> str:
    if kind == "excel":
        return _("This is an Excel workbook. Save it as CSV (UTF-8) and send that file.")
    if kind == "zip":
        return _("This is an Excel workbook or a zip file. Save it as CSV or unpack it, and send that file.")
    if kind == "gz":
        return _("This file is compressed. Unpack it and send the file inside.")
    if kind == "pdf":
        return _("This is a PDF. Ask the register for CSV or JSON.")
    return _("This is not a text file. Send the CSV or JSON file from the register.")
