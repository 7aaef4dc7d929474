from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from subscribers.channels import Unavailable
from subscribers.channels.sms import callbacks
from subscribers.channels.sms.urls import gateway_of


class Command(BaseCommand):
    help = "Prints the addresses to enter at your mail provider and SMS gateway. They hold secrets."

    def handle(self, **options):
        self.stdout.write(f"Mail, tracking webhook: {_mail()}")
        self.stdout.write(f"SMS, incoming messages: {_incoming()}")
        self.stdout.write(f"SMS, delivery reports:  {_reports()}")
        self.stdout.write(f"SMTP, bounces:          {settings.BOUNCE_ADDRESS or 'none, BOUNCE_ADDRESS is not set'}")


def _mail() -> str:
    if not settings.EMAIL_BACKEND.startswith("anymail."):
        return "none, EMAIL_URL names no provider"
    if not (secret := settings.ANYMAIL.get("WEBHOOK_SECRET")):
        return "none, ANYMAIL_WEBHOOK_SECRET is not set"
    scheme, rest = settings.SITE_URL.split("://")
    return f"{scheme}://{secret}@{rest}{reverse('subscribers:receipt-mail')}"


def _gateway():
    try:
        return gateway_of(settings.SMS_URL)
    except Unavailable:
        return None


def _incoming() -> str:
    if (gateway := _gateway()) is None:
        return "none, SMS_URL names no gateway"
    url = settings.SITE_URL + reverse("subscribers:receipt-sms-incoming")
    return url if gateway.signs else f"{url}?key={callbacks.incoming_key()}"


def _reports() -> str:
    if _gateway() is None:
        return "none, SMS_URL names no gateway"
    if not callbacks.are_reachable():
        return "none, SITE_URL is not https"
    return "each message names its own; a plain gateway needs callback_field in SMS_URL"
