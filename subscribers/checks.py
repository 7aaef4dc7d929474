"""The checks of this app's settings: what is wrong is said at the start and not at the first outage."""

from django.core import checks

from . import offering
from .channels import registry

_TRIAL = (
    "This is a trial: mail and SMS stay on this machine. Set EMAIL_URL, and SMS_URL for SMS, and an https SITE_URL."
)


@checks.register
def provider_settings(app_configs, **kwargs) -> list[checks.CheckMessage]:
    """Check that each channel's provider can be used by what names it."""
    return [checks.Error(wrong, id=one.error_id) for one in registry.every() if (wrong := one.wrong_settings())]


@checks.register(deploy=True)
def channels_are_offered(app_configs, **kwargs) -> list[checks.CheckMessage]:
    """Check that each channel reaches people. A page without SMS may be meant so; one without an expected channel is
    not."""
    if offering.is_trial():
        return [checks.Warning(_TRIAL, id="subscribers.W001")]
    kind = checks.Warning if any(registry.of(one).is_expected for one in offering.missing()) else checks.Info
    return [kind(line, id="subscribers.W002") for line in offering.warnings()]
