"""What is wrong with the settings, said at the start. Of SMS_URL: tests/subscribers/channels/sms/test_transport.py."""

from django.core.checks import run_checks

from subscribers.channels.email import channel


def test_a_mail_provider_without_the_extra_is_said_with_what_mends_it(settings, monkeypatch):
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    assert not [message for message in run_checks() if message.id == "subscribers.E002"]
    monkeypatch.setattr(channel, "find_spec", lambda name: None)
    (error,) = [message for message in run_checks() if message.id == "subscribers.E002"]
    assert "pip install django-anymail" in error.msg
