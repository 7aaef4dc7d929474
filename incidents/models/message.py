from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from ..enums import TO_STAFF, MessageKind
from .fields import LineField, PublicIdField
from .incident import Incident

_OTHERS = [(kind.value, kind.label) for kind in MessageKind if kind not in ("update", "confirmation")]


class MessageQuerySet(models.QuerySet["Message"]):
    def to_be_listed(self) -> Self:
        """Return those whose time has come and that have no deliveries yet, the oldest first."""
        return self.filter(listed_at=None, withdrawn_at=None, send_at__lte=Now()).order_by("send_at", "pk")


class Message(models.Model):
    """A message that is neither an update nor a confirmation, every word frozen as it was written.

    Who reads it is said by its kind. What is for one member of staff names them as `person`.
    """

    public_id = PublicIdField()
    kind = models.CharField(max_length=24, choices=_OTHERS)
    key = models.CharField(max_length=100, help_text="The occasion: of each, the same people are told once.")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="messages",
        help_text="Staff.",
    )
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="messages")
    title = LineField()
    body = models.TextField(help_text="Markdown.")
    body_html = models.TextField()
    path = models.CharField(max_length=300, blank=True, help_text="Where it leads, below SITE_URL.")
    send_at = models.DateTimeField(db_default=Now(), help_text="Not before.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    listed_at = models.DateTimeField(null=True, help_text="From then on its deliveries are in the ledger.")
    withdrawn_at = models.DateTimeField(null=True, help_text="From then on nobody gets it who has not got it.")
    seen_at = models.DateTimeField(null=True, help_text="When its person put it away on a screen.")

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint("kind", "key", "person", name="message_once_per_person"),
            models.UniqueConstraint("kind", "key", condition=Q(person=None), name="message_once"),
            models.CheckConstraint(
                condition=Q(person__isnull=False, kind__in=TO_STAFF) | (Q(person=None) & ~Q(kind__in=TO_STAFF)),
                name="message_to_staff_names_a_person",
            ),
        ]
        indexes = [models.Index(fields=["send_at"], condition=Q(listed_at=None), name="message_to_be_listed")]

    def __str__(self):
        return self.title
