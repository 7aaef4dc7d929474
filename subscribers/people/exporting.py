"""Everything that is kept about a person, for the person: with the words that the screens use."""

from datetime import datetime

from django.db.models import Model

from incidents.audit_verbs import AuditVerb
from incidents.models import Actor, AuditEvent, Site

from ..addresses import Address
from ..models import AffectedCustomer, Delivery, ErasedAddress, Subscriber
from ..models.erased import keyed_hash
from .erasing import kept_by_address


def export(address: Address, *, by: Actor, at: datetime) -> dict:
    """All that is known of `address`, of JSON's types, times in UTC. Written down in the audit, without the address."""
    subscriber = Subscriber.objects.filter(**address._asdict()).first()
    erased = ErasedAddress.objects.among([address]).get(address)
    AuditEvent.record(AuditVerb.EXPORTED_SUBSCRIBER, Site.load(), by=by, at=at, keyed_hash=keyed_hash(address))
    return {
        "exported_at": _moment(at),
        **{"channel": address.channel.value, "address": address.address},
        "subscription": subscriber and _subscription(subscriber),
        "confirmations": _confirmations(subscriber) if subscriber else [],
        "linked_incidents": _links(subscriber) if subscriber else [],
        "messages": _messages(subscriber) if subscriber else [],
        "erased_before": erased and erased.label,
        "also_kept": {model._meta.verbose_name: _rows(model, address) for model in kept_by_address()},
    }


def _subscription(subscriber: Subscriber) -> dict:
    return {
        "known_since": _moment(subscriber.created_at),
        "consent": subscriber.confirmed_at
        and {"given_at": _moment(subscriber.confirmed_at), "given_by": subscriber.consent_given_by},
        "unsubscribed_at": _moment(subscriber.unsubscribed_at),
        "hears_of": "everything" if subscriber.everything else _chosen(subscriber),
        "hears": "every update" if subscriber.every_update else "only when something begins and when it is over",
    }


def _chosen(subscriber: Subscriber) -> list[str]:
    """The names of what it chose; of what is not public now only that it is there."""
    chosen = subscriber.components.in_order()  # type: ignore[attr-defined]  # of a relation the stubs know no manager of ours
    return [one.name if one.is_public else "a component that is not public now" for one in chosen]


def _confirmations(subscriber: Subscriber) -> list[dict]:
    return [
        {
            "requested_at": _moment(asked.requested_at),
            "confirmed_at": _moment(asked.confirmed_at),
            "hears_of": "everything" if asked.everything else [one.name for one in asked.components()],
        }
        for asked in subscriber.confirmations.order_by("pk")
    ]


def _links(subscriber: Subscriber) -> list[dict]:
    links = AffectedCustomer.objects.filter(subscriber=subscriber).select_related("incident").order_by("pk")
    return [
        {
            "incident": link.incident.title,
            "name": link.name,
            "reference": link.reference,
            "ticket_url": link.ticket_url,
            "linked_at": _moment(link.linked_at),
        }
        for link in links
    ]


def _messages(subscriber: Subscriber) -> list[dict]:
    rows = Delivery.objects.to([subscriber.pk]).select_related("announcement", "message").order_by("pk")
    return [
        {
            "about": row.what,
            "state": row.get_state_display(),
            "reason": row.why,
            "written_down_at": _moment(row.created_at),
            "sent_at": _moment(row.sent_at),
            "attempts": row.attempts,
            "possibly_sent_twice": row.possibly_doubled,
            "provider_id": row.provider_id,
        }
        for row in rows.iterator(chunk_size=2_000)
    ]


def _rows(model: type[Model], address: Address) -> list[dict]:
    """A suppression, for instance: its columns as they are named."""
    columns = (field for field in model._meta.concrete_fields if not field.is_relation)  # to whoever of us did it
    names = [field.name for field in columns if field.name not in ("id", "channel", "address")]
    rows = model._default_manager.filter(address=address.address).order_by("pk").values(*names)
    return [{name: _moment(one) if isinstance(one, datetime) else one for name, one in row.items()} for row in rows]


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None
