"""Everything that the program says to customers, in every state that has words of its own.

The lead's words here belong to no language, so that each word of a language is one of ours.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from incidents.actions import editing, publishing, recalling, scheduling
from incidents.enums import ComponentStatus, Severity
from incidents.models import Announcement, Component, ComponentGroup, Incident, Site
from statuspage.edge import unavailable
from statuspage.edge.answer import Answer
from subscribers import links
from subscribers.channels.composing import compose
from subscribers.channels.sample import sample
from subscribers.channels.sms import replies
from subscribers.enums import Channel
from subscribers.models import AffectedCustomer, Confirmation, Delivery, Subscriber
from tests.absence import AWAY, raising
from tests.factories import a_component, a_subscriber

LEAD = {"title": "Zorbo vantu", "body": "Zorbo *vantu* mirek."}
FEEDS = ("updates.atom", "updates.rss", "updates.json", "history.atom", "history.rss", "history.json")
ADDRESSES = (
    "",
    "ada@",
    "a b@example.test",
    "ä@example.test",
    "a" * 260,
    "ad\u200ba@example.test",
    "ada\x0b@example.test",
)
NUMBERS = ("", "123", "+49", "+491511", "+49 151 123456789012", "abc", "+1,+2", "+1234567890123456789")


def everything() -> Iterator[tuple[str, str]]:
    """Each text with a name of its own: pages, feeds, mails, SMS, errors. Fills an empty database as it goes."""
    client = Client()
    yield from pages(client, "empty", "/", "/badge.svg", "/history/", "/subscribe/")
    parts = components()
    yield from pages(client, "calm", "/", "/badge.svg", f"/components/{parts[0].public_id}/", "/embed.js")
    for status in list(ComponentStatus)[1:]:
        Component.objects.filter(pk__lte=parts[0].pk).update(status=status)
        yield from pages(client, f"one {status}", "/", "/badge.svg", f"/components/{parts[0].public_id}/badge.svg")
        Component.objects.update(status=status)
        yield from pages(client, f"all {status}", "/", "/badge.svg")
    Component.objects.update(status="operational")
    Component.objects.filter(name__in=["Kiplo", "Farun", "Tesku", "Obrin", "Wulfa"]).update(status="major_outage")
    yield from pages(client, "many", "/")
    Component.objects.update(status="operational")
    yield from incidents(client, parts)
    yield from maintenances(client, parts)
    yield from messages()
    yield from subscribing(client, parts)
    yield from refusals(client)


def pages(client: Client, name: str, *paths: str) -> Iterator[tuple[str, str]]:
    for path in paths:
        yield f"{name} {path}", client.get(path).content.decode()


def components() -> list[Component]:
    group, alone = ComponentGroup.objects.create(name="Grolm"), ComponentGroup.objects.create(name="Sulek")
    parts = [a_component(name, group=group, start_date="2026-01-01") for name in ("Kiplo", "Farun", "Nemto")]
    parts += [a_component("Tesku", group=alone), a_component("Pundi", description="Zorbo"), a_component("Obrin")]
    return [*parts, a_component("Wulfa"), a_component("Hegla", start_date="2026-11-10")]


def incidents(client: Client, parts: list[Component]) -> Iterator[tuple[str, str]]:
    now = timezone.now()
    site = {"support_url": "https://h.test/", "legal_url": "https://l.test/", "home_url": "https://g.test/"}
    Site.objects.filter(pk=1).update(**site)
    affected = dict(zip(parts, list(ComponentStatus)[1:], strict=False))
    values = LEAD | {"severity": Severity.P2, "by": None}
    first = publishing.open_incident(
        **values, components=affected, at=now - timedelta(days=3, hours=2), next_update_at=now - timedelta(minutes=9)
    )
    yield from pages(client, "overdue", "/", f"/incidents/{first.incident.public_id}/", "/badge.svg")
    publishing.post_update(
        incident=first.incident,
        status="identified",
        body="Mirek",
        by=None,
        at=now - timedelta(hours=26),
        components={parts[0]: "operational", parts[1]: "major_outage"},
        next_update_at=now + timedelta(days=2),
    )
    second = publishing.open_incident(
        **values, at=now - timedelta(minutes=61), next_update_at=now + timedelta(minutes=30)
    )
    third = publishing.open_incident(**values, at=now - timedelta(seconds=20))
    publishing.open_incident(**values, components={parts[5]: "partial_outage"}, at=now - timedelta(hours=2))
    yield from pages(client, "open", "/", f"/incidents/{first.incident.public_id}/", "/embed.js")
    recalling.recall(announcement=Announcement.objects.get(update=second), reason="Zorbo", by=None, at=now)
    corrects = Announcement.objects.get(update=second)
    yield from pages(client, "withdrawn", "/", f"/incidents/{second.incident.public_id}/")
    for status in ("mitigating", "monitoring"):
        publishing.post_update(
            incident=second.incident,
            status=status,
            body="Mirek",
            by=None,
            at=now,
            corrects=corrects if status == "mitigating" else None,
        )
    editing.edit_words(update=third, body="Farun", by=None, at=now)
    Site.objects.filter(pk=1).update(shows_former_words=True)
    yield from pages(client, "edited", f"/incidents/{third.incident.public_id}/")
    short = reverse("incident-short", args=[first.incident.short_code])
    yield from pages(client, "corrected", "/", f"/incidents/{second.incident.public_id}/", short)
    for one in (first, second, third):
        publishing.post_update(incident=one.incident, status="resolved", body="Mirek", by=None, at=now)
    yield from pages(client, "over", "/", f"/incidents/{first.incident.public_id}/", "/history/", "/history/2026-10/")
    for part in parts:
        yield from pages(client, part.name, f"/components/{part.public_id}/")
    yield from pages(client, "of one", *(f"/components/{parts[0].public_id}/{feed}" for feed in FEEDS[:5]))


def maintenances(client: Client, parts: list[Component]) -> Iterator[tuple[str, str]]:
    now = timezone.now()
    for number, steps in enumerate(
        ((), ("in_progress",), ("in_progress", "verifying"), ("in_progress", "completed"), ("cancelled",), ())
    ):
        begin = now + timedelta(hours=-3 if number in (1, 2, 5) else 4 + 20 * number)
        row = scheduling.schedule_maintenance(
            **LEAD,
            components=parts[: number % 4],
            scheduled_for=max(begin, now + timedelta(minutes=1)),
            scheduled_until=max(begin, now + timedelta(minutes=1)) + timedelta(hours=2),
            by=None,
            at=now - timedelta(days=1),
        ).incident
        Incident.all_kinds.filter(pk=row.pk).update(scheduled_for=begin, scheduled_until=begin + timedelta(hours=2))
        row.refresh_from_db()
        for status in steps:
            publishing.post_update(incident=row, status=status, body="Mirek", by=None, at=now)
        yield from pages(client, f"window {number}", f"/incidents/{row.public_id}/")
    yield from pages(
        client, "windows", "/", "/badge.svg", "/history/", "/maintenances.ics", *(f"/{one}" for one in FEEDS)
    )


def messages() -> Iterator[tuple[str, str]]:
    """Every announcement so far by mail and SMS, as each kind of reader gets it."""
    site = Site.load()
    both = a_subscriber("both@example.test")
    linked = a_subscriber("linked@example.test", confirmed_at=None)
    for announced in Announcement.objects.order_by("pk"):
        for subscriber in (both, linked):
            AffectedCustomer.objects.get_or_create(incident=announced.incident, subscriber=subscriber)
        for reader in (Subscriber(channel="email", address="r@example.test"), both, linked):
            mail = compose(announced, Channel.EMAIL).to(Delivery(subscriber=reader))
            yield f"mail {announced.pk} {reader.pk}", f"{mail.subject}\n{mail.text}\n{mail.html}"
        for url in ("outbox:", "https://gateway.example/send?from=Acme"):
            with override_settings(SMS_URL=url):
                sms = compose(announced, Channel.SMS).to(Delivery(subscriber=Subscriber(channel="sms", address="+1")))
            yield f"sms {announced.pk} {url}", sms.text
    for channel in Channel:
        for everything in (True, False):
            subscriber = a_subscriber(channel=channel, confirmed_at=None if everything else timezone.now())
            asked = Confirmation.objects.create(
                subscriber=subscriber,
                everything=everything,
                every_update=everything,
                component_ids=list(Component.objects.values_list("pk", flat=True)),
            )
            message = compose(asked, channel).to(Delivery(subscriber=subscriber))
            yield f"confirm {channel} {everything}", f"{message.subject}\n{message.text}\n{message.html}"
        test = sample(channel, "r@example.test")
        yield f"sample {channel}", f"{test.subject}\n{test.text}\n{test.html}"
    for reply in (replies.stopped, replies.started, replies.unknown, replies.helped):
        yield f"reply {reply.__name__}", reply(site)


def subscribing(client: Client, parts: list[Component]) -> Iterator[tuple[str, str]]:
    yield from pages(client, "subscribe", "/subscribe/", "/subscribe/sent/email/", "/subscribe/sent/sms/")
    for number, address in enumerate(ADDRESSES):
        yield f"email {number}", client.post("/subscribe/", {"channel": "email", "email": address}).text
    for number, address in enumerate(NUMBERS):
        yield f"sms {number}", client.post("/subscribe/", {"channel": "sms", "sms": address, "scope": "chosen"}).text
    yield "wrong", client.post("/subscribe/", {"channel": "x", "scope": "x", "components": "x", "email_pace": "x"}).text
    for url in ("smtp://127.0.0.1", "outbox:"):
        with override_settings(SITE_URL="https://status.example.test", EMAIL_URL=url):
            yield f"{url} only", client.get("/subscribe/").text
            yield f"{url} only, wrong", client.post("/subscribe/", {"channel": "sms", "sms": "1"}).text
    subscriber = a_subscriber("somebody@example.test", everything=False, every_update=False)
    subscriber.components.set([*parts[:2], a_component("Secret", is_public=False)])
    phone = a_subscriber(channel="sms")
    for number, one in enumerate((subscriber, phone)):
        asked = Confirmation.objects.create(subscriber=one, everything=False, component_ids=[parts[0].pk])
        own = {name: f"/subscription/{links.confirmation_token(asked)}/confirm/" for name in ("confirm",)}
        home = f"/subscription/{links.subscription_token(one)}/"
        own |= {"manage": home, "unsubscribe": f"{home}unsubscribe/", "end": f"{home}end-links/"}
        yield from pages(client, f"own {number}", *own.values())
        with override_settings(SITE_URL="https://status.example.test", SMS_URL="outbox:", EMAIL_URL="outbox:"):
            yield from pages(client, f"own, not offered {number}", own["confirm"], own["manage"])
        yield f"refused {number}", client.post(home, {"scope": "chosen"}).text
        yield f"saved {number}", client.get(home + "?saved").text
        client.post(own["confirm"])
        yield from pages(client, f"confirmed {number}", own["confirm"])
        one.refresh_from_db()
        one.subscriptions.all().delete()
        one.components.set(Component.objects.filter(is_public=False))
        type(one).objects.filter(pk=one.pk).update(everything=False)
        yield from pages(client, f"hidden {number}", own["manage"])
        client.post(own["unsubscribe"])
        yield from pages(client, f"gone {number}", own["confirm"], own["manage"], own["unsubscribe"])
        yield f"one click {number}", client.post(own["unsubscribe"], {"List-Unsubscribe": "One-Click"}).text
        Confirmation.objects.filter(pk=asked.pk).update(confirmed_at=timezone.now() - timedelta(days=1))
        yield from pages(client, f"used {number}", own["confirm"])
        Confirmation.objects.filter(pk=asked.pk).update(
            confirmed_at=None, requested_at=timezone.now() - timedelta(days=9)
        )
        yield from pages(client, f"expired {number}", own["confirm"])
        type(one).objects.filter(pk=one.pk).update(confirmed_at=None, unsubscribed_at=None)
        yield from pages(client, f"linked only {number}", own["manage"])
        yield f"without database {number}", _away(client.get, own["unsubscribe"])
        yield f"kept {number}", _away(client.post, own["unsubscribe"])
        yield f"kept by one click {number}", _away(client.post, own["unsubscribe"], {"List-Unsubscribe": "One-Click"})
        yield f"given back {number}", _away(client.post, own["manage"], {"scope": "chosen"})
        yield f"ended {number}", client.post(own["end"]).text
        yield f"dead {number}", client.get(own["manage"]).text
        yield f"old {number}", client.get(own["unsubscribe"]).text


def _away(act, *args) -> str:
    with raising(AWAY[0]):
        return act(*args).text


def refusals(client: Client) -> Iterator[tuple[str, str]]:
    yield from pages(client, "absent", "/nothing-here/", "/incidents/nothing/", "/components/x/updates.atom")
    yield "method", client.put("/subscribe/").text
    yield "form", Client(enforce_csrf_checks=True).post("/subscribe/", {"channel": "email"}).text
    yield "host", client.get("/", HTTP_HOST="elsewhere.test").text
    yield "away", _away(client.get, "/subscribe/")
    yield "away form", _away(client.post, "/subscribe/", {"channel": "email", "email": "ada@example.test"})
    Site.load()
    for _ in range(40):
        last = client.get("/subscription/abc/").text
    yield "guesses", last
    for answer in (unavailable.unavailable("/"), unavailable.wrong_method(), unavailable.no_such_file()):
        yield f"edge {answer.status}", answer.raw[1].decode()
    page = client.get("/")
    answer = Answer("200 OK", [], page.content, 1).unconfirmed(timezone.now())
    yield "unconfirmed", answer.raw[1].decode()
