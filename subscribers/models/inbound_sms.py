from django.db import models

from ..enums import Word


class InboundSms(models.Model):
    """One SMS to our number, and which word of ours it was: proof of a STOP, and a brake for two machines that answer
    each other. What is no word of ours is kept for a person: see IncomingMessage."""

    address = models.CharField(max_length=254)
    word = models.CharField(max_length=8, choices=Word, blank=True)
    came_at = models.DateTimeField()
    was_answered = models.BooleanField()

    class Meta:
        db_table = "subscribers_answer"
        indexes = [models.Index(fields=["address", "-came_at"])]

    def __str__(self):
        return f"{self.address}: {self.word or 'something else'}"
