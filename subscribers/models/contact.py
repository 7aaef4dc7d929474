from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from ..enums import Channel, RecipientKind

_KINDS = [(kind.value, kind.label) for kind in RecipientKind if kind != RecipientKind.SUBSCRIBER]


class ContactQuerySet(models.QuerySet["Contact"]):
    def usable(self) -> Self:
        """May be written to: verified, and of staff only who may still log in."""
        is_here = Q(person=None) | Q(person__is_active=True, person__is_staff=True)
        return self.filter(is_here, verified_at__isnull=False)


class Contact(models.Model):
    """An address of somebody who is told things without having subscribed: staff, stakeholders, a customer's people."""

    kind = models.CharField(max_length=12, choices=_KINDS)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="contacts",
        help_text="Staff.",
    )
    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField(max_length=254, help_text="Normalised, as a subscriber's.")
    verified_at = models.DateTimeField(null=True, help_text="Its owner read a code there.")
    code_hash = models.CharField(max_length=64, blank=True, help_text="Keyed, of the code that is out.")
    code_sent_at = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0, help_text="Wrong ones, of the code that is out.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("person", "channel", name="contact_one_per_channel"),
            models.UniqueConstraint(
                "kind", "channel", "address", condition=Q(person=None), name="contact_once_outside_staff"
            ),
            models.CheckConstraint(
                condition=Q(kind="staff", person__isnull=False) | (~Q(kind="staff") & Q(person=None)),
                name="contact_of_staff_names_a_person",
            ),
        ]

    def __str__(self):
        return self.address

    @property
    def link_version(self) -> int:
        """The version of a subscriber's links: a contact has none."""
        return 0

    @property
    def is_active(self) -> bool:
        return self.verified_at is not None
