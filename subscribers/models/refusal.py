from django.db import models
from django.db.models.functions import Now

from ..enums import Channel
from .delivery import Delivery


class Refusal(models.Model):
    """A provider's answer to one delivery that it did not take, while it is not known whether it meant us or them.

    `in_run`: it has taken nothing since. Afterwards only what was given back because of it stays, until it is old: the
    next refusal of such a delivery is believed.
    """

    # No constraint: a delivery may go without asking, and what is left of it here is deleted when it is old.
    delivery = models.OneToOneField(
        Delivery, on_delete=models.DO_NOTHING, db_constraint=False, primary_key=True, related_name="+"
    )
    channel = models.CharField(max_length=8, choices=Channel)
    reason = models.CharField(max_length=300)
    words = models.CharField(max_length=300, help_text="The reason without addresses and numbers.")
    is_about_us = models.BooleanField(help_text="It says so itself.")
    is_dead = models.BooleanField(
        default=False, db_default=False, help_text="It says that nobody is there, and nobody is suppressed by it yet."
    )
    in_run = models.BooleanField(default=True)
    said_at = models.DateTimeField(db_default=Now())

    def __str__(self):
        return f"{self.channel}: {self.words}"
