"""Pictures from strangers: what may come in, and the drawing of what may be shown. Knows Pillow, not the database."""

import struct
import zlib
from io import BytesIO
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

from visits.enums import PictureProblem

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 25_000_000  # 10 kB of PNG can unpack to more than this, without a warning
FORMATS = ["JPEG", "PNG", "WEBP"]
WIDTHS = (480, 960)
WHITE = (255, 255, 255)

# Pillow has no one exception for a bad file: its readers raise what they stumble over.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)


class PictureRefused(Exception):
    """The file cannot be used; `problem` says why."""

    def __init__(self, problem: PictureProblem) -> None:
        super().__init__(problem.label)
        self.problem = problem


def check_header(file: IO[bytes], size: int) -> Image.Image:
    """The picture, not yet unpacked. The content decides what it is, never its name or what the browser called it."""
    if size > MAX_BYTES:
        raise PictureRefused(PictureProblem.BYTES)
    file.seek(0)
    try:
        picture = Image.open(file, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused(PictureProblem.PIXELS) from error
    except UnidentifiedImageError as error:
        raise PictureRefused(PictureProblem.FORMAT) from error
    except BROKEN as error:
        raise PictureRefused(PictureProblem.BROKEN) from error
    if picture.width * picture.height > MAX_PIXELS:
        raise PictureRefused(PictureProblem.PIXELS)
    return picture


def redraw(file: IO[bytes], size: int, widths: tuple[int, ...] = WIDTHS) -> dict[int, bytes]:
    """WebP files by width, none wider than the picture was.

    Each is painted on a new canvas: place, maker and comments stay in the original.
    """
    picture = check_header(file, size)
    try:
        picture.draft("RGB", (max(widths), max(widths)))  # a JPEG is unpacked no larger than needed
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (Image.DecompressionBombError, *BROKEN) as error:
        raise PictureRefused(PictureProblem.BROKEN) from error
    return {width: _as_webp(upright, width) for width in widths}


def _as_webp(picture: Image.Image, width: int) -> bytes:
    shrunk = picture.copy()
    shrunk.thumbnail((width, 2 * width), Image.Resampling.LANCZOS)
    canvas = Image.new("RGB", shrunk.size, WHITE)
    canvas.paste(shrunk, mask=shrunk.getchannel("A"))
    target = BytesIO()
    canvas.save(target, "WEBP", quality=80, method=4)
    return target.getvalue()
