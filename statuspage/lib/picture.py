"""The kind and the size of a picture: told by its bytes, never by a name or a header."""

import re
import struct
from typing import NamedTuple
from xml.etree import ElementTree

_SVG = "{http://www.w3.org/2000/svg}svg"
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*")
_JPEG_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # the segments that tell the size


class Picture(NamedTuple):
    content_type: str
    width: float
    height: float


def recognise(content: bytes) -> Picture:
    """PNG, JPEG, WebP or SVG. Raises ValueError for anything else, and for what tells no size."""
    readers = {b"\x89PNG\r\n\x1a\n": _png, b"\xff\xd8\xff": _jpeg, b"RIFF": _webp}
    reader = next((reader for magic, reader in readers.items() if content.startswith(magic)), _svg)
    try:
        picture = reader(content)
    except (struct.error, IndexError, ElementTree.ParseError, UnicodeError) as error:
        raise ValueError("not a picture that we know") from error
    if not (0 < picture.width < 1e5 and 0 < picture.height < 1e5):
        raise ValueError("a picture without a size")
    return picture


def _png(content: bytes) -> Picture:
    return Picture("image/png", *struct.unpack(">II", content[16:24]))


def _jpeg(content: bytes) -> Picture:
    at = 2
    while content[at] == 0xFF:
        if content[at + 1] in _JPEG_SIZES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return Picture("image/jpeg", width, height)
        at += 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]
    raise ValueError("a JPEG without a size")


def _webp(content: bytes) -> Picture:
    kind, data = content[8:16], content[20:]
    if kind == b"WEBPVP8X":
        width, height = (1 + int.from_bytes(data[at : at + 3], "little") for at in (4, 7))
    elif kind == b"WEBPVP8L":
        bits = int.from_bytes(data[1:5], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"WEBPVP8 ":
        width, height = (size & 0x3FFF for size in struct.unpack("<HH", data[6:10]))
    else:
        raise ValueError("a RIFF file that is no WebP")
    return Picture("image/webp", width, height)


def _svg(content: bytes) -> Picture:
    """Read an SVG without a document type: that is where XML hides its bombs."""
    if b"<!" in content.replace(b"<!--", b"").replace(b"<![CDATA[", b"") or b"\0" in content:
        raise ValueError("a document with a type of its own")
    root = ElementTree.fromstring(content)  # noqa: S314 -- no entities without a document type
    if root.tag != _SVG:
        raise ValueError("not a picture that we know")
    width, height = (_LENGTH.fullmatch(root.get(name, "")) for name in ("width", "height"))
    if width and height:
        return Picture("image/svg+xml", float(width[1]), float(height[1]))
    box = root.get("viewBox", "").replace(",", " ").split()
    if len(box) != 4:
        raise ValueError("a picture without a size")
    return Picture("image/svg+xml", float(box[2]), float(box[3]))
