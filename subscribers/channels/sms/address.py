"""A phone number as somebody typed it -> E.164."""

import re
from functools import lru_cache

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumbers import PhoneMetadata, ValidationResult

_NOT_A_NUMBER = re.compile(r"[^\d\s+().\-/\u2010-\u2015]")
_OLD_MOBILE = re.compile(r"\A\+\s?52[\s.\-/]*1(?=(?:\D*\d){10}\D*\Z)")  # Mexico dropped the 1 in August 2019
_LENGTH = {
    ValidationResult.TOO_SHORT: _("This number is too short; check for a missing digit."),
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: _("This number is too short; add the area code."),
    ValidationResult.TOO_LONG: _("This number is too long; write one number per field."),
    ValidationResult.INVALID_LENGTH: _("This number has a wrong number of digits; check it."),
}


def normalise(text: str) -> str:
    """Raises ValidationError, in words that say how to mend it."""
    if is_plain(text):
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


def is_plain(text: str) -> bool:
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
