"""What the peers' worker runs: `celery -A tests.bench.peer_worker worker`. The words of a mail are ours, so that all
send the same; Django builds it as MIME and carries it."""

import os

import django
import redis
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
django.setup()

from django.core.mail import EmailMultiAlternatives, get_connection  # noqa: E402  needs the settings

from incidents.models import Announcement  # noqa: E402
from subscribers.channels.composing import compose  # noqa: E402
from subscribers.channels.message import RenderedNotice  # noqa: E402
from subscribers.enums import Channel  # noqa: E402
from subscribers.models import Delivery, Subscriber  # noqa: E402

COUNTER = "peers:sent"
QUEUE = "peers"

app = Celery("peers", broker=os.environ["REDIS_URL"], set_as_current=False)
app.conf.update(task_default_queue=QUEUE, task_ignore_result=True)


@app.task
def in_one(announcement_id: int, subscribers: list[int]) -> None:
    """A chunk, rendered once, over one connection."""
    notice = _notice(announcement_id)
    mails = [_mail(notice, subscriber) for subscriber in Subscriber.objects.filter(pk__in=subscribers)]
    _count(get_connection().send_messages(mails))


@app.task
def of_one(announcement_id: int, subscriber_id: int) -> None:
    """One recipient: loaded, rendered and sent over a connection of its own."""
    _count(_mail(_notice(announcement_id), Subscriber.objects.get(pk=subscriber_id)).send())


def _notice(announcement_id: int) -> RenderedNotice:
    return compose(Announcement.objects.select_related("incident").get(pk=announcement_id), Channel.EMAIL)


def _mail(notice: RenderedNotice, subscriber: Subscriber) -> EmailMultiAlternatives:
    message = notice.to(Delivery(pk=subscriber.pk, subscriber=subscriber))
    headers = message.headers
    sender = headers.pop("From")
    mail = EmailMultiAlternatives(message.subject, message.text, sender, [message.to], headers=headers)
    mail.attach_alternative(message.html, "text/html")
    return mail


def _count(sent: int) -> None:
    _counter().incrby(COUNTER, sent)


def _counter() -> redis.Redis:
    global _redis
    _redis = _redis or redis.Redis.from_url(os.environ["REDIS_URL"])
    return _redis


_redis: redis.Redis | None = None
