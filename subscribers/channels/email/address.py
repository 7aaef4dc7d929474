"""An e-mail address as somebody typed it -> lower-case, its domain as it travels."""

import re
import unicodedata
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from statuspage.lib.hosts import in_ascii

from ..base import LONGEST_ADDRESS

_SEVERAL = re.compile(r"[\s,;<>|]")
_is_email = EmailValidator(allowlist=[])


def normalise(text: str) -> str:
    """Raises ValidationError, in words that say how to mend it."""
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
    if len(address) > LONGEST_ADDRESS:
        raise ValidationError(
            _("This address is longer than %(most)s characters; mail cannot reach it."),
            code="long",
            params={"most": LONGEST_ADDRESS},
        )
    return address


def _foreign(local: str) -> str:
    """Return those of its characters that are not ASCII, with their names: one may look just like the usual letter."""
    found = dict.fromkeys(char for char in local if not char.isascii())
    return ", ".join(f"{char} ({unicodedata.name(char, 'no name').lower()})" for char in [*found][:3])


@lru_cache(maxsize=20_000)  # most addresses share theirs with many others, and it is what takes time
def _domain(text: str) -> str:
    """Return the domain as it travels; empty where it cannot be one."""
    try:
        text = in_ascii(text)
        _is_email(f"x@{text}")
    except (ValidationError, UnicodeError):  # idna's own errors are among the latter
        return ""
    return text.lower()
