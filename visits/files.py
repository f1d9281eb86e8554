"""Files from strangers: which may come in, and what is handed out. Their content decides, never their name.

Knows file formats, not the database; visits/file_tasks.py does the work, visits/file_actions.py keeps the rows.
"""

import re
import zipfile
from io import BytesIO
from pathlib import PurePath
from typing import IO

from PIL import Image, ImageOps

from visits import pictures
from visits.enums import FileKind, FileProblem

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024  # 10 MB of zip can hold far more
MAX_PARTS = 2000
LARGEST_SIDE = 2400
NAME_LENGTH = 100
ACCEPT = ".pdf,.jpg,.jpeg,.png,.docx,.xlsx,.odt"

_PICTURES = {b"\xff\xd8\xff": FileKind.JPEG, b"\x89PNG\r\n\x1a\n": FileKind.PNG}
_ODT = b"application/vnd.oasis.opendocument.text"
MIME_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.ODT: "application/vnd.oasis.opendocument.text",
}


class FileRefused(Exception):
    """The file cannot be used; `problem` says why."""

    def __init__(self, problem: FileProblem) -> None:
        super().__init__(problem.label)
        self.problem = problem


def kind_of(file: IO[bytes], size: int) -> FileKind:
    """What the file is, by its content. Refused when it is too large, of another kind, damaged or carries programs."""
    if size > MAX_BYTES:
        raise FileRefused(FileProblem.BYTES)
    file.seek(0)
    head = file.read(8)
    if head.startswith(b"%PDF-"):
        file.seek(max(size - 2048, 0))
        if b"%%EOF" not in file.read():
            raise FileRefused(FileProblem.BROKEN)
        return FileKind.PDF
    for sign, kind in _PICTURES.items():
        if head.startswith(sign):
            _check_picture(file, size)
            return kind
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_package(file)
    raise FileRefused(FileProblem.FORMAT)


def _check_picture(file: IO[bytes], size: int) -> None:
    try:
        pictures.check_header(file, size)
    except pictures.PictureRefused as refusal:
        raise FileRefused(FileProblem(refusal.problem.value)) from refusal


def _kind_of_package(file: IO[bytes]) -> FileKind:
    """Word, Excel and OpenDocument are zip files with known parts."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as package:
            parts = package.infolist()
            names = {part.filename for part in parts}
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED or any(part.flag_bits & 1 for part in parts):
                raise FileRefused(FileProblem.BROKEN)
            if any(re.search(r"vbaProject|^Basic/|^Scripts/", name) for name in names):
                raise FileRefused(FileProblem.PROGRAMS)
            if "mimetype" in names and package.read("mimetype").strip() == _ODT:
                return FileKind.ODT
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError, KeyError) as error:
        raise FileRefused(FileProblem.BROKEN) from error
    if "word/document.xml" in names:
        return FileKind.DOCX
    if "xl/workbook.xml" in names:
        return FileKind.XLSX
    raise FileRefused(FileProblem.FORMAT)


def handed_out(file: IO[bytes], size: int, kind: str) -> bytes:
    """What readers get: pictures painted anew (place, maker and comments stay behind), others as they are."""
    if kind not in {FileKind.JPEG, FileKind.PNG}:
        file.seek(0)
        return file.read()
    try:
        picture = pictures.check_header(file, size)
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except pictures.PictureRefused as refusal:
        raise FileRefused(FileProblem(refusal.problem.value)) from refusal
    except (Image.DecompressionBombError, *pictures.BROKEN) as error:
        raise FileRefused(FileProblem.BROKEN) from error
    upright.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS)
    canvas = Image.new("RGB", upright.size, pictures.WHITE)
    canvas.paste(upright, mask=upright.getchannel("A"))
    target = BytesIO()
    if kind == FileKind.JPEG:
        canvas.save(target, "JPEG", quality=85)
    else:
        canvas.save(target, "PNG")
    return target.getvalue()


def safe_name(name: str, kind: str) -> str:
    """What the reader's computer will call it: no folders, no control signs, the ending of what it really is."""
    stem = PurePath(name.replace("\\", "/")).stem
    stem = re.sub(r"[^\w\s().,-]", "_", stem).strip(" .") or "file"
    ending = ".jpg" if kind == FileKind.JPEG else f".{kind}"
    return " ".join(stem.split())[: NAME_LENGTH - len(ending)] + ending
