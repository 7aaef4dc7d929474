"""The link of the first run. It lets whoever holds it become the administrator, while there is nobody yet.

Signed with SECRET_KEY and stored nowhere, so that no copy of the database opens anything; a user makes every such link
void, as a day does.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse

from statuspage.lib import tokens

_PURPOSE = "setup"
LASTS = timedelta(hours=24)


def is_void() -> bool:
    """Return whether somebody can be logged in as: then nobody is let in by a link."""
    return User.objects.exists()


def make(*, at: datetime) -> str:
    """Return the address of a link made at `at`, from SITE_URL."""
    token = tokens.make(_PURPOSE, int((at + LASTS).timestamp()))
    return settings.SITE_URL + reverse("setup", args=[token])


def is_good(token: str, *, at: datetime) -> bool:
    numbers = tokens.read(_PURPOSE, token)
    return numbers is not None and at.timestamp() < numbers[0] and not is_void()
