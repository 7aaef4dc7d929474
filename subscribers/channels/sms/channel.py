"""SMS, as the rest of the program sees it."""

from django.utils.translation import gettext_lazy as _

from ...enums import Channel
from ..base import ChannelDefinition
from ..verdicts import Verdict
from . import address, segments


class Sms(ChannelDefinition):
    def wrong_settings(self) -> str:
        from .urls import BadUrl, gateway_of  # knows every gateway: of whoever asks

        try:
            gateway_of(self.url)
        except BadUrl as error:
            return str(error)
        return ""

    def recognises(self, text: str) -> bool:
        return any(char.isdigit() for char in text)

    def normalise(self, text: str) -> str:
        return address.normalise(text)

    def verdict_of(self, reason: str) -> Verdict | None:
        from . import reasons

        return reasons.verdict_of(reason)

    def segments(self, text: str) -> int:
        return segments.count(text)


CHANNEL = Sms(
    channel=Channel.SMS,
    in_a_sentence=Channel.SMS.label,
    provider="SMS gateway",
    provider_in_short="gateway",
    missing="no gateway is set up",
    url_setting="SMS_URL",
    rate_setting="SMS_RATE",
    error_id="subscribers.E001",
    address_name=_("a phone number"),
    address_label=_("Your mobile number"),
    address_help=_("With its country code, such as +49 1512 3456789"),
    address_input={"type": "tel", "inputmode": "tel", "autocomplete": "tel"},
    address_is_missing=_("Write a phone number with its country code, like +49 151 12345678."),
    use_this=_("Write your mobile number, and we use that."),
    example_address="+12025550100",
    schemes=("tel", "sms"),
    headings=("phone", "mobile"),
    hears_every_update=False,
)
