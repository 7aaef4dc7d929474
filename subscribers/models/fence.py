from django.db import models


class Fence(models.Model):
    """The identity of this database, by whoever decided it last: see delivery/copies/fence.py. One row, none before the
    first look."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    key = models.CharField(max_length=32, help_text="Random: what this database and its copies have in common.")
    identity = models.CharField(max_length=500, help_text="Where it stood when it was decided.")
    is_copy = models.BooleanField(default=False, help_text="Nothing leaves it: what is due ends as kept here.")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="fence_one_row")]

    def __str__(self):
        return self.identity


class Generation(models.Model):
    """A batch was claimed: its number tells an older copy from what was here before. A row each, so that no two workers
    wait for one; only the newest are kept."""

    def __str__(self):
        return str(self.pk)
