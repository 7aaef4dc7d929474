"""What is wrong with the settings of this app, said at the start and not at the first outage."""

from importlib.util import find_spec

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


@checks.register
def email_url(app_configs, **kwargs) -> list[checks.CheckMessage]:
    """What EMAIL_URL needs is installed."""
    if settings.EMAIL_BACKEND.startswith("anymail.") and not find_spec("anymail"):
        return [checks.Error("EMAIL_URL names a mail provider: pip install django-anymail", id="subscribers.E002")]
    return []
