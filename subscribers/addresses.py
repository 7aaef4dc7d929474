"""One address as somebody typed it -> a channel and the one spelling under which it is kept.

Used by the subscribe form, by support's forms and by every import, so that an address is refused in the same words
everywhere and the same person is one row.
"""

import re
from typing import NamedTuple

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from phonenumbers import ValidationResult

from statuspage.lib.text import validate_line

from .enums import Channel

MAX_LENGTH = 254  # RFC 5321: the longest path that SMTP carries
_SEVERAL = re.compile(r"[\s,;<>|]")
_NOT_A_NUMBER = re.compile(r"[^\d\s+().\-/\u2010-\u2015]")
_is_email = EmailValidator(allowlist=[])
_LENGTH = {
    ValidationResult.TOO_SHORT: "This number is too short; check for a missing digit.",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "This number is too short; add the area code.",
    ValidationResult.TOO_LONG: "This number is too long; write one number per field.",
    ValidationResult.INVALID_LENGTH: "This number has a wrong number of digits; check it.",
}


class Address(NamedTuple):
    channel: Channel
    address: str  # lower-case e-mail or E.164


def normalise(text: str, channel: Channel | None = None) -> Address:
    """The one address in `text`; `channel` None: an @ makes it an e-mail address, anything else is a phone number.

    Raises ValidationError, in words that say how to mend it: for no address or several, for hidden characters, for
    what cannot be an address. Two spellings of one address come out equal.
    """
    text = text.strip()
    if not text:
        raise ValidationError(_EMPTY[channel], code="required")
    validate_line(text)
    if len(text) > MAX_LENGTH:
        raise ValidationError(f"Shorten this to {MAX_LENGTH} characters; it has {len(text):,}.", code="long")
    if (channel or _guess(text)) == Channel.EMAIL:
        return Address(Channel.EMAIL, _email(text))
    return Address(Channel.SMS, _phone(text))


_EMPTY = {
    Channel.EMAIL: "Write an e-mail address.",
    Channel.SMS: "Write a phone number with its country code, like +49 30 1234567.",
    None: "Write an e-mail address or a phone number.",
}


def _guess(text: str) -> Channel:
    if "@" not in text and not any(char.isdigit() for char in text):
        raise ValidationError(_EMPTY[None], code="neither")
    return Channel.EMAIL if "@" in text else Channel.SMS


def _email(text: str) -> str:
    if text.count("@") > 1 or _SEVERAL.search(text):
        raise ValidationError("Write one address alone, without a name, spaces or commas.", code="several")
    try:
        _is_email(text)
        local, domain = text.rsplit("@", 1)
        address = f"{local}@{domain.encode('idna').decode('ascii')}".lower()
    except (ValidationError, UnicodeError):
        address = ""
    # A quoted local part or an address literal is legal, unheard of, and a way around every check that splits.
    if not address or '"' in address or "[" in address:
        raise ValidationError("Check the address; it should look like name@example.com.", code="email")
    if len(address) > MAX_LENGTH:
        raise ValidationError(
            f"This address is longer than {MAX_LENGTH} characters; mail cannot reach it.", code="long"
        )
    return address


def _phone(text: str) -> str:
    if text.count("+") > 1 or re.search(r"[,;|]", text):
        raise ValidationError("Write one number alone.", code="several")
    if _NOT_A_NUMBER.search(text):
        raise ValidationError("Write digits only, with the country code, like +49 30 1234567.", code="phone")
    if sum(char.isdigit() for char in text) > 17:  # 15 by the standard, and "00"; the parser's own word is misleading
        raise ValidationError(_LENGTH[ValidationResult.TOO_LONG], code="phone")
    if text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise ValidationError("Begin with + and the country code, like +49 30 1234567.", code="phone") from None
    # Possible, not "valid": the list of ranges in use grows faster than a library is updated.
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason in _LENGTH:
        raise ValidationError(_LENGTH[reason], code="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
