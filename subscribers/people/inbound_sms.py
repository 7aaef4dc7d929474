"""SMS that people write to our number: STOP, START, HELP, and what is none of these.

Each door has made sure who speaks.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from incidents.models import Site

from ..channels.sms import replies
from ..delivery.suppressions import suppress
from ..enums import Channel, SuppressionCause, SuppressionSource, Word
from ..models import InboundSms, SeenReport, Subscriber, Suppression
from . import incoming
from .sms_words import word_of

_UNHEARD_FOR = timedelta(days=1)  # between two answers to what is no word of ours


@transaction.atomic
def hear(*, address: str, text: str, at: datetime, provider_id: str = "", is_signed: bool = False) -> str:
    """Do what the owner of the number `address` asks for in an SMS. Returns our answer; empty: none.

    STOP ends everything at once; START lifts that and resumes what was confirmed before. What is no word of ours is
    answered once a day, and kept for a person, once by its `provider_id`. Where a gateway signs that, nothing is done
    by the same one again.
    """
    is_numbered = is_signed and provider_id
    if is_numbered and not SeenReport.objects.remember(Channel.SMS, "incoming", provider_id, at=at):
        return ""
    word, site = word_of(text), Site.load()
    match word:
        case Word.STOP:
            _stop(address, at)
            answer = replies.stopped(site)
        case Word.START:
            answer = replies.started(site) if _start(address) else replies.unknown(site)
        case Word.HELP:
            answer = replies.helped(site)
        case _:
            incoming.keep(channel=Channel.SMS, address=address, text=text, provider_id=provider_id, at=at)
            lately = InboundSms.objects.filter(address=address, came_at__gt=at - _UNHEARD_FOR, was_answered=True)
            answer = "" if lately.exists() else replies.helped(site)
    InboundSms.objects.create(address=address, word=word, came_at=at, was_answered=bool(answer))
    return answer


def _stop(address: str, at: datetime) -> None:
    cause, source = SuppressionCause.STOPPED, SuppressionSource.OWNER
    suppress(channel=Channel.SMS, address=address, cause=cause, source=source, at=at)
    Subscriber.objects.filter(channel=Channel.SMS, address=address, unsubscribed_at=None).update(unsubscribed_at=at)


def _start(address: str) -> bool:
    """Whether there is a subscription to go on with."""
    theirs = {"channel": Channel.SMS, "address": address}
    # Also where the provider told us of the STOP: its gateway asks for the same START. Without a cause it may be one.
    told = Q(source=SuppressionSource.OWNER) | Q(cause__in=("", SuppressionCause.STOPPED))
    Suppression.objects.filter(told, **theirs).delete()
    return bool(Subscriber.objects.filter(**theirs, confirmed_at__isnull=False).update(unsubscribed_at=None))
