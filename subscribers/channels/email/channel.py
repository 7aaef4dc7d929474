"""E-mail, as the rest of the program sees it."""

from importlib.util import find_spec

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ...enums import Channel, Illness
from ..base import ChannelDefinition
from ..verdicts import Verdict
from . import address, earlier


class Email(ChannelDefinition):
    def wrong_settings(self) -> str:
        if settings.EMAIL_BACKEND.startswith("anymail.") and not find_spec("anymail"):
            return "EMAIL_URL names a mail provider: pip install django-anymail"
        return ""

    def recognises(self, text: str) -> bool:
        return "@" in text

    def normalise(self, text: str) -> str:
        return address.normalise(text)

    def earlier(self, address: str) -> str | None:
        return earlier.earlier(address)

    def taken_before(self, text: str) -> str | None:
        return earlier.taken_before(text)

    def verdict_of(self, reason: str) -> Verdict | None:
        from . import dsn  # parses mails: of whoever asks

        return dsn.verdict_of(reason) if dsn.speaks_in_codes(reason) else None

    def illness_of(self, reason: str) -> Illness | None:
        from . import dsn

        return dsn.illness_of(reason)


CHANNEL = Email(
    channel=Channel.EMAIL,
    in_a_sentence=_("e-mail"),
    other_names=("e-mail",),
    provider="mail server",
    provider_in_short="relay",
    missing="no mail server is set up",
    url_setting="EMAIL_URL",
    kept_here=("outbox", "consolemail", "dummymail", "filemail", "memorymail"),
    rate_setting="EMAIL_RATE",
    per_domain_setting="EMAIL_PER_DOMAIN",
    error_id="subscribers.E002",
    templates=("emails/announcement.txt", "emails/announcement.html"),
    is_expected=True,
    is_of_accounts=True,
    is_repeat_harmless=True,  # the same Message-ID: mail programs show one
    address_name=_("an e-mail address"),
    address_label=_("Your e-mail address"),
    address_input={
        "type": "email",
        "inputmode": "email",
        "autocomplete": "email",
        "autocapitalize": "off",
        "spellcheck": "false",
    },
    address_is_missing=_("Write an e-mail address."),
    use_this=_("Write your e-mail address, and we use that."),
    example_address="reader@example.com",
    schemes=("mailto",),
    headings=("e-mail", "email", "mail"),
    hears_every_update=True,
)
