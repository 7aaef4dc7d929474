"""The ledger: one row per thing to say and recipient, from the moment it is owed until it is settled."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from incidents.enums import MessageKind
from incidents.models import Announcement, Message
from statuspage.lib.prepared import Slot

from ..enums import FAILURES, WAITING, Channel, DeliveryCause, DeliveryState, why
from .confirmation import Confirmation
from .contact import Contact
from .subscriber import Subscriber


def _about():
    """The announcement, or 0 where it says something else: an index cannot be walked from one NULL to the next."""
    # Not Coalesce(): SQLite finds an index by the very words, and would see a parameter in the place of the 0.
    return models.Func("announcement", template="COALESCE(%(expressions)s, 0)", output_field=models.BigIntegerField())


def _waits():
    """Return the condition of WAITING. The states stand in the text for the same reason: the index holds only the rows
    that wait."""
    states = ", ".join(f"'{state.value}'" for state in WAITING)
    return models.Func("state", template=f"%(expressions)s IN ({states})", output_field=models.BooleanField())


# From the head of each line to the head of the next: a loose scan, which the ORM cannot say and both databases can.
# One step finds the next announcement of the same priority, else the next priority.
_HEADS = """
    WITH RECURSIVE head (id) AS (
        SELECT (SELECT one.id FROM subscribers_delivery one
                WHERE one.channel = %s AND one.state IN ('queued', 'sending')
                ORDER BY one.priority, COALESCE(one.announcement_id, 0), one.visible_at LIMIT 1)
        UNION ALL
        SELECT COALESCE(
            (SELECT one.id FROM subscribers_delivery one
             WHERE one.channel = %s AND one.state IN ('queued', 'sending') AND one.priority = last.priority
             AND COALESCE(one.announcement_id, 0) > COALESCE(last.announcement_id, 0)
             ORDER BY COALESCE(one.announcement_id, 0), one.visible_at LIMIT 1),
            (SELECT one.id FROM subscribers_delivery one
             WHERE one.channel = %s AND one.state IN ('queued', 'sending') AND one.priority > last.priority
             ORDER BY one.priority, COALESCE(one.announcement_id, 0), one.visible_at LIMIT 1)
        )
        FROM head JOIN subscribers_delivery last ON last.id = head.id
    )
    SELECT id FROM head WHERE id IS NOT NULL
"""


def skipped_for() -> Case:
    """Return, for a query, why a delivery was skipped, a DeliveryCause; empty of any other.

    The version before this one kept it in `reason`, and does so while both are at work.
    """
    skipped = Q(state=DeliveryState.SKIPPED)
    return Case(When(skipped & Q(cause=""), then=F("reason")), When(skipped, then=F("cause")), default=Value(""))


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def waiting(self) -> Self:
        return self.filter(_waits())

    def due(self, min_overdue: timedelta | Slot = timedelta(0)):
        """Ready for an attempt since `min_overdue` or longer: never tried, backed off long enough, or its lease ended.

        By the database's clock.
        """
        return self.waiting().ripe(min_overdue)

    def ripe(self, min_overdue: timedelta | Slot) -> Self:
        """Of what waits: due since `min_overdue` or longer."""
        return self.filter(visible_at__lte=Now() - min_overdue)

    def line(self, channel: str | Slot, priority: int | Slot, announcement: int | Slot | None) -> Self:
        """What belongs together in the queue, a part of the index of what waits. None: what is of no
        announcement."""
        return self.alias(about=_about()).filter(channel=channel, priority=priority, about=announcement or 0)

    def to(self, subscribers: Iterable[int]) -> Self:
        """Those to `subscribers`, by their keys. Found by what they say, one look-up each: an index of the subscribers
        alone would be written to at a place of its own for each row of a fan-out."""
        theirs = self.model.objects.filter(subscriber__pk__in_ids=(keys := list(subscribers))).order_by().values("pk")
        updates = theirs.filter(announcement__in=Announcement.objects.order_by().values("pk"))
        messages = theirs.filter(message__in=Message.objects.order_by().values("pk"))
        asked = theirs.filter(confirmation__subscriber__pk__in_ids=keys)
        return self.filter(pk__in=updates.union(messages, asked, all=True))

    def queue_heads(self, channel: str) -> Self:
        """The first row of each line that waits on `channel`, the most urgent first. As due as any of its line.

        Whatever waits in a line, held back or leased, is not walked over: one look-up in the index for each line.
        """
        queue_heads = self.filter(pk__in=RawSQL(_HEADS, [channel] * 3))  # noqa: S611  a constant
        return queue_heads.order_by("priority", _about())


class Delivery(models.Model):
    # Found through the unique constraints below: a second index each would slow every fan-out down. So would the checks
    # of the first and the last key, one by one: whoever lists holds both rows, see delivery/listing.py, and a
    # subscriber takes its deliveries along, see SubscriberQuerySet.delete.
    announcement = models.ForeignKey(
        Announcement,
        null=True,
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_index=False,
        db_constraint=False,
    )
    confirmation = models.ForeignKey(
        Confirmation, null=True, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    subscriber = models.ForeignKey(
        Subscriber,
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="deliveries",
        db_index=False,
        db_constraint=False,
    )
    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    channel = models.CharField(max_length=8, choices=Channel)
    state = models.CharField(max_length=12, choices=DeliveryState, default=DeliveryState.QUEUED)
    cause = models.CharField(
        max_length=16,
        choices=DeliveryCause,
        blank=True,
        default="",
        db_default="",
        help_text="Why it was skipped or failed, or waits.",
    )
    reason = models.CharField(max_length=300, blank=True, help_text="What the provider said of that.")
    priority = models.SmallIntegerField(default=5, help_text="Lower goes first.")
    visible_at = models.DateTimeField(db_default=Now(), help_text="The next attempt, and the end of a worker's lease.")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.CharField(max_length=36, blank=True, help_text="Whose claim it is.")
    provider_id = models.CharField(max_length=200, blank=True)
    possibly_doubled = models.BooleanField(
        default=False, help_text="Tried again after an attempt whose outcome is not known."
    )
    refused_before = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="Refusals of attempts that do not count any more, as a person said: try again.",
    )
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        permissions = [("read_outbox", "Can read the messages that the outbox keeps")]
        constraints = [
            models.UniqueConstraint("announcement", "subscriber", name="delivery_once"),
            models.UniqueConstraint(
                fields=["confirmation"],
                condition=Q(confirmation__isnull=False),
                name="delivery_once_per_confirmation",
            ),
            models.CheckConstraint(
                condition=Q(announcement__isnull=False, confirmation=None, message=None)
                | Q(announcement=None, confirmation__isnull=False, message=None)
                | Q(announcement=None, confirmation=None, message__isnull=False),
                name="delivery_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(subscriber__isnull=False, contact=None)
                | Q(subscriber=None, contact__isnull=False, message__isnull=False),
                name="delivery_to_one_recipient",
            ),
            # Partial, so that no row of an announcement is in them: these hold a few thousand rows beside millions.
            models.UniqueConstraint(
                "message", "subscriber", condition=Q(message__isnull=False), name="delivery_once_per_message"
            ),
            models.UniqueConstraint(
                "contact", "message", condition=Q(contact__isnull=False), name="delivery_once_per_contact"
            ),
        ]
        # Every index but the partial ones is written three times in the life of a row: listed, claimed, settled. One of
        # (announcement, state) was an eighth of all that; without it the states of a million rows are counted in 0.34 s
        # instead of 0.26 s. No setting of autovacuum is needed: with 500,000 settled rows that nobody vacuumed a claim
        # takes as long as with none.
        indexes = [
            # The claim, line by line (see `queue_heads`), over waiting rows only. What a pause speaks of, channel and
            # announcement, comes before the time: what is held back is passed over in one step.
            models.Index(
                "channel",
                "priority",
                _about(),
                "visible_at",
                condition=Q(state__in=WAITING),
                name="delivery_lines",
            ),
            models.Index(fields=["announcement"], condition=Q(state__in=FAILURES), name="delivery_failures"),
        ]

    def __str__(self):
        return f"{self.announcement or self.confirmation or self.message} to {self.recipient}"

    @property
    def kind(self) -> MessageKind:
        """The sort of thing that it says."""
        if self.announcement_id is not None:
            return MessageKind.UPDATE
        return MessageKind(self.message.kind) if self.message else MessageKind.CONFIRMATION

    @property
    def recipient(self) -> Subscriber | Contact:
        """Whom it is for."""
        found = self.contact if self.contact_id is not None else self.subscriber
        assert found is not None  # noqa: S101  a constraint says so
        return found

    @property
    def what(self) -> str:
        """The thing that it says, in a line."""
        return str(self.announcement or self.message or "Please confirm your subscription")

    @property
    def why(self) -> str:
        """The reason why it was skipped, waits or failed, in words."""
        if self.state == DeliveryState.SKIPPED:
            return why(self.cause or self.reason, "")  # see `skipped_for`
        return why(self.cause, self.reason)

    @property
    def refusals(self) -> int:
        """How many attempts had an outcome, and it was no."""
        return max(self.refused_before + self.attempts - self.possibly_doubled, 0)
