"""Style sheets inside the page itself, so that one request is enough to read it; the policy allows them by their hash.

No build step: the files of static/css are read, squeezed and put together once a process (each time with DEBUG).
"""

import base64
import hashlib
import re
from functools import cache

from django.conf import settings
from django.http import HttpResponse

from .static_files import static_file

LAYERS = "@layer tokens,base,layout,components,utilities;"
CONSTANTS = "scale"  # the file whose custom properties never change
COMMON = (CONSTANTS, "tokens", "base", "layout")  # what every page needs
_OPEN, _CLOSE = b"<style>", b"</style>"
_MOST_KNOWN = 200

_known: dict[bytes, str] = {}  # what we made, and the policy's source for it


def sheet(*names: str, accents: tuple[str, str] | None = None) -> str:
    """The common files and those `names`, ready to stand in <style>; `accents` are the brand's for light and dark."""
    make = _together.__wrapped__ if settings.DEBUG else _together
    css = make(names) + (_branded(*accents) if accents else "")
    if css.encode() not in _known:
        if len(_known) >= _MOST_KNOWN:  # somebody tries many accents
            _known.clear()
        _known[css.encode()] = _source(css)
    return css


def source_of(response: HttpResponse) -> str | None:
    """The source that lets the browser use the style in `response`: None where there is none, or none of ours."""
    if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
        return None
    _, found, rest = response.content.partition(_OPEN)
    return _known.get(rest.partition(_CLOSE)[0]) if found else None


def squeeze(css: str) -> str:
    """`css` without comments and idle white space; strings stay as they are."""
    parts = re.split(r'("[^"]*")', re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    parts[::2] = map(_tight, parts[::2])
    return "".join(parts).strip()


def _tight(css: str) -> str:
    css = re.sub(r" ?([{};,>]) ?", r"\1", re.sub(r"\s+", " ", css))
    return re.sub(r"\b0\.(?=\d)", ".", css.replace(": ", ":").replace(";}", "}"))


@cache
def _together(names: tuple[str, ...]) -> str:
    constants = dict(re.findall(r"(--[\w-]+):([^;}]+)", squeeze(_read(CONSTANTS))))
    css = "".join(squeeze(_read(name)) for name in (*COMMON, *names) if name != CONSTANTS)
    return LAYERS + re.sub(r"var\((--[\w-]+)\)", lambda used: constants.get(used[1], used[0]), css)


def _read(name: str) -> str:
    return static_file(f"css/{name}.css").read_text()


def _branded(light: str, dark: str) -> str:
    """The accent in the layer of the tokens, so that paper still prints it black."""
    on_dark = f"@media screen and (prefers-color-scheme:dark){{:root{{--accent:{dark}}}}}"
    return f"@layer tokens{{:root{{--accent:{light}}}{on_dark}}}"


def _source(css: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}'"
