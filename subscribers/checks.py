"""What is wrong with the settings of this app, said at the start and not at the first outage."""

from django.conf import settings
from django.core import checks

from .channels.sms.urls import BadUrl, gateway_of


@checks.register
def sms_url(app_configs, **kwargs) -> list[checks.CheckMessage]:
    """SMS_URL names a gateway, or the outbox."""
    try:
        gateway_of(settings.SMS_URL)
    except BadUrl as error:
        return [checks.Error(str(error), id="subscribers.E001")]
    return []
