"""What is wrong with the settings of this app, said at the start and not at the first outage."""

from importlib.util import find_spec

from django.conf import settings
from django.core import checks

from . import offering
from .channels.sms.urls import BadUrl, gateway_of
from .enums import Channel

_TRIAL = (
    "This is a trial: mail and SMS stay on this machine. Set EMAIL_URL, and SMS_URL for SMS, and an https SITE_URL."
)


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


@checks.register(deploy=True)
def channels_are_offered(app_configs, **kwargs) -> list[checks.CheckMessage]:
    """Each channel reaches people. A page without SMS may be meant so; one without e-mail is not."""
    if offering.is_trial():
        return [checks.Warning(_TRIAL, id="subscribers.W001")]
    kind = checks.Warning if Channel.EMAIL in offering.missing() else checks.Info
    return [kind(line, id="subscribers.W002") for line in offering.warnings()]
