from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from ..enums import Channel

TEXT_LENGTH = 1_600  # characters: what gateways make of an SMS of ten parts


class IncomingMessageQuerySet(models.QuerySet["IncomingMessage"]):
    def open(self) -> Self:
        """Return those that nobody has marked as done."""
        return self.filter(done_at=None)


class IncomingMessage(models.Model):
    """A message that somebody wrote to us and no rule of ours understood: it waits for a person.

    `address`: the sender's, normalised; as it came where it cannot be read. `more`: how many came after it within the
    hour and are only counted.
    """

    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField("sender", max_length=254, blank=True)
    text = models.CharField(max_length=TEXT_LENGTH, blank=True)
    provider_id = models.CharField(max_length=200, blank=True, help_text="The provider's id of it: it comes once.")
    more = models.PositiveIntegerField("not kept", default=0)
    came_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = IncomingMessageQuerySet.as_manager()

    class Meta:
        permissions = [("answer_messages", "Can mark incoming messages as done")]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "provider_id"], condition=~Q(provider_id=""), name="incoming_message_once"
            ),
        ]
        indexes = [
            models.Index(fields=["came_at"], name="incoming_message_lately"),
            models.Index(fields=["done_at"], condition=Q(done_at=None), name="incoming_message_open"),
        ]

    def __str__(self):
        """Return a name without sender and words: the audit holds it, and outlives them."""
        return f"{self.get_channel_display()} of {self.came_at:%Y-%m-%d %H:%M} UTC"
