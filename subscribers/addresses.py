"""One address as somebody typed it -> a channel and the one spelling under which it is kept.

Used by the subscribe form, by support's forms and by every import, so that an address is refused in the same words
everywhere and the same person is one row.
"""

import re
import unicodedata
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from statuspage.lib.language import either
from statuspage.lib.text import validate_line

from .channels import registry
from .channels.base import LONGEST_ADDRESS, ChannelDefinition
from .enums import Channel

# What programs and phones put around an address that is copied: direction, joiners, soft hyphens, a byte-order mark.
_INVISIBLE = frozenset(
    map(chr, (0xAD, 0x34F, 0x61C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065)))
) | frozenset(map(chr, (*range(0x2066, 0x206A), *range(0xFE00, 0xFE10), 0xFEFF)))
# For str.strip: a pattern for the end of a text takes the square of the spaces within it.
_AROUND = "".join(_INVISIBLE) + "".join(char for char in map(chr, range(0x3001)) if char.isspace())
# As mail programs and web pages write an address: a name before <...>, a scheme, a sign after it.
_NAMED = re.compile(r"[^<>@]*<([^<>]+)>")
_SCHEME = re.compile(r"([a-z]+):", re.IGNORECASE)


class Address(NamedTuple):
    channel: Channel
    address: str  # as its channel normalises it


def normalise(text: str, channel: Channel | None = None) -> Address:
    """The one address in `text`; `channel` None: of the first channel that recognises it.

    Raises ValidationError, in words that say how to mend it: for no address or several, for hidden characters, for
    what cannot be an address. Two spellings of one address come out equal.
    """
    text = _bare(text)
    if not text:
        raise _nothing(channel, code="required")
    if mark := next((char for char in text if char in _INVISIBLE), None):
        raise _inside(mark)
    validate_line(text)
    if len(text) > LONGEST_ADDRESS:
        raise ValidationError(
            _("Shorten this to %(most)s characters; it has %(length)s."),
            code="long",
            params={"most": LONGEST_ADDRESS, "length": f"{len(text):,}"},
        )
    found = registry.of(channel) if channel else _guess(text)
    return Address(found.channel, found.normalise(text))


def _bare(text: str) -> str:
    """The address in what was copied: without invisible marks around it, a name, a scheme, brackets, a last comma."""
    text = text.strip(_AROUND)
    if named := _NAMED.fullmatch(text):
        text = named[1].strip(_AROUND)
    if (scheme := _SCHEME.match(text)) and _is_ours(scheme[1]):
        text = text[scheme.end() :].partition("?")[0]
    return text.rstrip(".,;").strip(_AROUND)


def _inside(mark: str) -> ValidationError:
    return ValidationError(
        _("Remove the invisible character %(code)s (%(name)s) in it; if you cannot find it, type it anew."),
        code="control",
        params={"code": f"U+{ord(mark):04X}", "name": unicodedata.name(mark, "no name").lower()},
    )


def _guess(text: str) -> ChannelDefinition:
    for one in registry.every():
        if one.recognises(text):
            return one
    raise _nothing(None, code="neither")


def _nothing(channel: Channel | None, code: str) -> ValidationError:
    if channel:
        return ValidationError(registry.of(channel).address_is_missing, code=code)
    names = either(one.address_name for one in registry.every())
    return ValidationError(_("Write %(addresses)s."), code=code, params={"addresses": names})


def _is_ours(scheme: str) -> bool:
    return any(scheme.lower() in one.schemes for one in registry.every())
