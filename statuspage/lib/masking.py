"""Secrets that stand in addresses, kept out of every log: whoever reads one must not be able to act as a subscriber."""

import logging
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

MASK = "[token]"
SECRET_ARGUMENTS = frozenset({"token"})
_MAYBE = re.compile(r"/[\w%-]{16,}|key=|token['\"]?[=:]")  # most lines hold nothing, and need no URLconf
_QUERY = r"(?<=[?&]key=)[^\s&#\"'<>]+"
_PART = r"[^/\s?#\"'<>]+"  # what stands between two slashes of an address, in the middle of a sentence
_ANY = re.compile(rf"(?<=/)[\w%-]{{16,}}|{_QUERY}")  # as long as there is no URLconf to ask


class MaskingFormatter(logging.Formatter):
    """Writes what `inner` (or the usual formatter) writes, traceback and all, with every secret masked."""

    def __init__(self, *args: Any, inner: logging.Formatter | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """The line, or lines, of a record."""
        return mask(self.inner.format(record) if self.inner else super().format(record))


def mask(text: str) -> str:
    """`text` with MASK in place of each secret part of an address of ours, whatever host or prefix stands before it."""
    if not _MAYBE.search(text):
        return text
    return (_secrets() if apps.ready else _ANY).sub(MASK, text)


def guard(logger: logging.Logger) -> None:
    """Mask what the handlers of a logger write that somebody else has set up."""
    for handler in logger.handlers:
        if not isinstance(handler.formatter, MaskingFormatter):
            handler.setFormatter(MaskingFormatter(inner=handler.formatter or logging.Formatter()))


@cache
def _secrets() -> re.Pattern[str]:
    """Return the pattern of the secrets, from the URLconf: a new address with a token is masked from its first day."""
    before = sorted({re.escape(prefix) for prefix in _before_secrets(get_resolver().url_patterns, "/")})
    as_arguments = [f"(?<='{name}': ')[^']+" for name in sorted(SECRET_ARGUMENTS)]
    return re.compile("|".join([_QUERY, *as_arguments, *(f"(?<={prefix}){_PART}" for prefix in before)]))


def _before_secrets(patterns: Iterable[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    """Yield what stands before each secret argument, back to the argument before it if there is one."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if not isinstance(pattern, URLPattern):
            yield from _before_secrets(pattern.url_patterns, route)
            continue
        for found in re.finditer(r"<(?:\w+:)?(\w+)>", route):
            if found[1] in SECRET_ARGUMENTS:
                yield route[: found.start()].rpartition(">")[2]
