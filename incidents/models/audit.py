from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from ..audit_verbs import AuditVerb, audit_verbs

Actor = User | None  # who did it; None for the program itself
_nobody = ContextVar("_nobody", default="statuspage")


@contextmanager
def nobody_is_called(name: str) -> Iterator[None]:
    """Write down under `name`, until it ends, what nobody in particular did: for a door that knows no user."""
    token = _nobody.set(name)
    try:
        yield
    finally:
        _nobody.reset(token)


class Subject(Protocol):
    """The subject of an event; named by str()."""

    @property
    def pk(self) -> object: ...


class AuditEvent(models.Model):
    """An event of the audit: who did what, when. Written by actions, in their transaction; never changed, never
    deleted."""

    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=150, help_text="Outlives the account.")
    action = models.CharField(max_length=64, choices=audit_verbs)
    subject = models.CharField(max_length=300)
    subject_id = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["subject_id", "-at"])]

    def __str__(self):
        return f"{self.by_name} {self.action} {self.subject}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("An audit event is immutable.")
        self.action = AuditVerb(self.action)
        super().save(*args, **kwargs)

    @classmethod
    def record(
        cls, action: AuditVerb, subject: Subject, *, by: Actor, at: datetime | None = None, **detail: object
    ) -> "AuditEvent":
        """Write one event. Raises ValueError for what is no AuditVerb."""
        return cls.objects.create(
            at=at or timezone.now(),
            by=by,
            by_name=by.get_username() if by else _nobody.get(),
            action=action,
            subject=str(subject)[:300],
            subject_id=str(getattr(subject, "public_id", subject.pk)),
            detail=detail,
        )
