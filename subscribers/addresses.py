"""One address as somebody typed it -> a channel and the one spelling under which it is kept.

Used by the subscribe form, by support's forms and by every import, so that an address is refused in the same words
everywhere and the same person is one row.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _
from phonenumbers import PhoneMetadata, ValidationResult

from statuspage.lib.hosts import in_ascii
from statuspage.lib.text import validate_line

from .enums import Channel

MAX_LENGTH = 254  # RFC 5321: the longest path that SMTP carries
_SEVERAL = re.compile(r"[\s,;<>|]")
_NOT_A_NUMBER = re.compile(r"[^\d\s+().\-/\u2010-\u2015]")
_is_email = EmailValidator(allowlist=[])
# What programs and phones put around an address that is copied: direction, joiners, soft hyphens, a byte-order mark.
_INVISIBLE = frozenset(
    map(chr, (0xAD, 0x34F, 0x61C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065)))
) | frozenset(map(chr, (*range(0x2066, 0x206A), *range(0xFE00, 0xFE10), 0xFEFF)))
# For str.strip: a pattern for the end of a text takes the square of the spaces within it.
_AROUND = "".join(_INVISIBLE) + "".join(char for char in map(chr, range(0x3001)) if char.isspace())
# As mail programs and web pages write an address: a name before <...>, a scheme, a sign after it.
_NAMED = re.compile(r"[^<>@]*<([^<>]+)>")
_SCHEME = re.compile(r"(?:mailto|tel|sms):", re.IGNORECASE)
_OLD_MOBILE = re.compile(r"\A\+\s?52[\s.\-/]*1(?=(?:\D*\d){10}\D*\Z)")  # Mexico dropped the 1 in August 2019
_LENGTH = {
    ValidationResult.TOO_SHORT: _("This number is too short; check for a missing digit."),
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: _("This number is too short; add the area code."),
    ValidationResult.TOO_LONG: _("This number is too long; write one number per field."),
    ValidationResult.INVALID_LENGTH: _("This number has a wrong number of digits; check it."),
}


class Address(NamedTuple):
    channel: Channel
    address: str  # lower-case e-mail or E.164


def normalise(text: str, channel: Channel | None = None) -> Address:
    """The one address in `text`; `channel` None: an @ makes it an e-mail address, anything else is a phone number.

    Raises ValidationError, in words that say how to mend it: for no address or several, for hidden characters, for
    what cannot be an address. Two spellings of one address come out equal.
    """
    text = _bare(text)
    if not text:
        raise ValidationError(_EMPTY[channel], code="required")
    if mark := next((char for char in text if char in _INVISIBLE), None):
        raise _inside(mark)
    validate_line(text)
    if len(text) > MAX_LENGTH:
        raise ValidationError(
            _("Shorten this to %(most)s characters; it has %(length)s."),
            code="long",
            params={"most": MAX_LENGTH, "length": f"{len(text):,}"},
        )
    if (channel or _guess(text)) == Channel.EMAIL:
        return Address(Channel.EMAIL, _email(text))
    return Address(Channel.SMS, _phone(text))


def _bare(text: str) -> str:
    """The address in what was copied: without invisible marks around it, a name, a scheme, brackets, a last comma."""
    text = text.strip(_AROUND)
    if named := _NAMED.fullmatch(text):
        text = named[1].strip(_AROUND)
    if scheme := _SCHEME.match(text):
        text = text[scheme.end() :].partition("?")[0]
    return text.rstrip(".,;").strip(_AROUND)


def _inside(mark: str) -> ValidationError:
    return ValidationError(
        _("Remove the invisible character %(code)s (%(name)s) in it; if you cannot find it, type it anew."),
        code="control",
        params={"code": f"U+{ord(mark):04X}", "name": unicodedata.name(mark, "no name").lower()},
    )


_EMPTY = {
    Channel.EMAIL: _("Write an e-mail address."),
    Channel.SMS: _("Write a phone number with its country code, like +49 151 12345678."),
    None: _("Write an e-mail address or a phone number."),
}


def _guess(text: str) -> Channel:
    if "@" not in text and not any(char.isdigit() for char in text):
        raise ValidationError(_EMPTY[None], code="neither")
    return Channel.EMAIL if "@" in text else Channel.SMS


def _email(text: str) -> str:
    if text.count("@") > 1 or _SEVERAL.search(text):
        raise ValidationError(_("Write one address alone, without a name, spaces or commas."), code="several")
    local, _at, domain = text.rpartition("@")
    if not local.isascii():  # it would need SMTPUTF8 (RFC 6531) at every relay on the way
        raise ValidationError(
            _("Mail cannot be sent to the letters before the @ of this address: %(letters)s"),
            code="letters",
            params={"letters": _foreign(local)},
        )
    domain = _domain(domain)
    address = f"{local}@{domain}".lower() if domain and _is_email.user_regex.match(local) else ""
    # A quoted local part or an address literal is legal, unheard of, and a way around every check that splits.
    if not address or '"' in address or "[" in address:
        raise ValidationError(_("Check the address; it should look like name@example.com."), code="email")
    if len(address) > MAX_LENGTH:
        raise ValidationError(
            _("This address is longer than %(most)s characters; mail cannot reach it."),
            code="long",
            params={"most": MAX_LENGTH},
        )
    return address


def _foreign(local: str) -> str:
    """Those of its signs that are not ASCII, with their names: one may look just like the usual letter."""
    found = dict.fromkeys(char for char in local if not char.isascii())
    return ", ".join(f"{char} ({unicodedata.name(char, 'no name').lower()})" for char in [*found][:3])


@lru_cache(maxsize=20_000)  # most addresses share theirs with many others, and it is what takes time
def _domain(text: str) -> str:
    """As it travels; empty where it cannot be one."""
    try:
        text = in_ascii(text)
        _is_email(f"x@{text}")
    except (ValidationError, UnicodeError):  # idna's own errors are among the latter
        return ""
    return text.lower()


def _phone(text: str) -> str:
    if _is_plain(text):
        return text
    if text.count("+") > 1 or re.search(r"[,;|]", text):
        raise ValidationError(_("Write one number alone."), code="several")
    if _NOT_A_NUMBER.search(text):
        raise ValidationError(_("Write digits only, with the country code, like +49 151 12345678."), code="phone")
    if sum(char.isdigit() for char in text) > 17:  # 15 by the standard, and "00"; the parser's own word is misleading
        raise ValidationError(_LENGTH[ValidationResult.TOO_LONG], code="phone")
    if text.startswith("00"):
        text = "+" + text[2:]
    text = _OLD_MOBILE.sub("+52", text)
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise ValidationError(_("Begin with + and the country code, like +49 151 12345678."), code="phone") from None
    # Possible, not "valid": the list of ranges in use grows faster than a library is updated.
    result = phonenumbers.is_possible_number_with_reason(number)
    if result in _LENGTH:
        raise ValidationError(_LENGTH[result], code="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_PLAIN = re.compile(r"\+[1-9][0-9]{6,14}")


def _is_plain(text: str) -> bool:
    """Whether parsing would surely give `text` back: E.164, of a possible length, no prefix to be taken off.

    A tenth of the parser's time. It says no in doubt, so nothing comes in that the parser would refuse.
    """
    if not _PLAIN.fullmatch(text):
        return False
    for end in (2, 3, 4):
        if shape := _shape(text[1:end]):
            lengths, prefix = shape
            national = text[end:]
            return len(national) in lengths and national[0] != "0" and not (prefix and prefix.match(national))
    return False


@lru_cache(maxsize=1024)
def _shape(country_code: str) -> tuple[frozenset[int], re.Pattern[str] | None] | None:
    """The possible lengths of a country's numbers, and what may stand before them; None: no such country code."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(country_code))
    if regions is None:
        return None
    if regions == (phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY,):
        metadata = PhoneMetadata.metadata_for_nongeo_region(int(country_code))
    else:
        metadata = PhoneMetadata.metadata_for_region(regions[0])
    if metadata is None or (general := metadata.general_desc) is None:
        return None
    lengths = frozenset(general.possible_length) - frozenset(general.possible_length_local_only)
    prefix = metadata.national_prefix_for_parsing
    return lengths, re.compile(prefix) if prefix else None
