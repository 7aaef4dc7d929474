from typing import Self

from django.db import models
from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from ..channels import registry
from ..enums import Channel


class BreakerQuerySet(models.QuerySet["Breaker"]):
    def open(self) -> Self:
        """Return the breakers of providers that are left alone now. By the database's clock."""
        return self.filter(open_until__gt=Now())

    def with_time_left(self) -> Self:
        """Return each with `left`, how long it is left alone yet; nothing or less where the next look is due."""
        return self.annotate(left=ExpressionWrapper(F("open_until") - Now(), output_field=DurationField()))


class Breaker(models.Model):
    """A channel's provider takes nothing: everybody leaves it alone until `open_until`, then one looks again.

    No row: nothing was ever wrong, or it took something since.
    """

    channel = models.CharField(max_length=8, choices=Channel, unique=True)
    failures = models.PositiveIntegerField(default=1, help_text="Looks in a row that found it so.")
    reason = models.CharField(max_length=300)
    is_refusal = models.BooleanField(
        default=False, db_default=False, help_text="It answers, and takes nothing from us: there is something to mend."
    )
    since = models.DateTimeField(db_default=Now())
    open_until = models.DateTimeField()

    objects = BreakerQuerySet.as_manager()

    def __str__(self):
        return f"{self.what_is_wrong}: {self.reason}"

    @property
    def what_is_wrong(self) -> str:
        """ "E-mail is down", "SMS is refused by the gateway"."""
        channel = registry.of(self.channel)
        return f"{channel.label} is {f'refused by the {channel.provider_in_short}' if self.is_refusal else 'down'}"

    @property
    def what_to_do(self) -> str:
        if self.is_refusal:
            what = "sender, DNS, log-in, account, its list of users"
            return f"Mend what it names: {what}. Nothing is lost, what waits goes out then."
        return "Nothing is lost, what waits goes out once it answers."
