"""The keys by which staff may look at a subscriber, and the record that they did.

Those linked to an incident, and all others for who holds `subscribers.view_subscriber`. Anybody else is reached by the
whole address: whoever wrote it in the search gets a key, for themselves and for a while.
"""

from datetime import datetime, timedelta

from django.core import signing
from django.http import Http404, HttpRequest

from incidents.audit_verbs import AuditVerb
from incidents.models import AuditEvent

from ..models import AffectedCustomer, Subscriber

KEY_LASTS = timedelta(minutes=30)
_ANY = "subscribers.view_subscriber"
_PURPOSE = "support looks at a subscriber"


def key_for(user, subscriber: Subscriber) -> str:
    """Return the key that lets `user` look at `subscriber` for KEY_LASTS; to be shown as ?key=."""
    return signing.dumps([user.pk, subscriber.pk], salt=_PURPOSE)


def look(request: HttpRequest, pk: int, *, at: datetime) -> Subscriber:
    """The subscriber `pk`. Raises Http404 where there is none or it is not for this user: who leafs learns nothing."""
    subscriber = Subscriber.objects.filter(pk=pk).first()
    if subscriber is None or not _may_look(request.user, subscriber, request.GET.get("key", "")):
        raise Http404
    _record(request.user, subscriber, at)
    return subscriber


def _may_look(user, subscriber: Subscriber, key: str) -> bool:
    if user.has_perm(_ANY) or AffectedCustomer.objects.filter(subscriber=subscriber).exists():
        return True
    try:
        return signing.loads(key, salt=_PURPOSE, max_age=KEY_LASTS) == [user.pk, subscriber.pk]
    except signing.BadSignature:
        return False


def _record(user, subscriber: Subscriber, at: datetime) -> None:
    """One audit event for all looks of one user at one subscriber within KEY_LASTS: its pages and its reloads."""
    lately = AuditEvent.objects.filter(
        action=AuditVerb.LOOKED_AT_SUBSCRIBER, by=user, subject_id=str(subscriber.pk), at__gt=at - KEY_LASTS
    )
    if not lately.exists():
        AuditEvent.record(AuditVerb.LOOKED_AT_SUBSCRIBER, subscriber, by=user, at=at)
