"""A bulletin that is to be told goes to everyone who had confirmed, once, at its time, behind everything urgent."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from incidents.actions import bulletins
from incidents.enums import MessageKind
from incidents.models import AuditEvent, Bulletin, Message
from subscribers.addresses import Address
from subscribers.channels.composing import compose
from subscribers.channels.message_to import MessageTo
from subscribers.delivery import bulletins as listing
from subscribers.delivery import (
    dispatch,
    drain,
    failures,
    fanout,
    final_failures,
    invariants,
    messages,
    pauses,
    retention,
    retrying,
)
from subscribers.enums import Channel, DeliveryCause, DeliveryState, NotRetried, RecipientKind
from subscribers.models import Delivery, Subscriber, Subscription, Suppression
from subscribers.people import erasing, exporting
from tests.deliveries import announced
from tests.factories import a_bulletin, a_component, a_subscriber, a_user

pytestmark = pytest.mark.django_db
PHONE = "+12025550123"


def sent_to(sink) -> list[str]:
    return sorted(entry["to"] for entry in sink.journal.entries())


def told(**kwargs) -> Message:
    return bulletins.told_as(a_bulletin(tell=True, **kwargs))


def an_hour_passes(message) -> None:
    Message.objects.filter(pk=message.pk).update(send_at=Now() - timedelta(hours=1))
    confirmed = Subscriber.objects.filter(confirmed_at__isnull=False)
    confirmed.update(confirmed_at=Now() - timedelta(hours=2), created_at=Now() - timedelta(hours=2))


def violations(message, settled=True) -> list[str]:
    return invariants.violations(Message.objects.get(pk=message.pk), settled=settled)


def test_it_goes_to_everyone_once_whatever_they_chose_by_mail_and_by_sms(smtp_sink, sms_sink):
    a_subscriber("all@example.test")
    chosen = a_subscriber("one@example.test", everything=False, every_update=False)
    Subscription.objects.create(subscriber=chosen, component=a_component(is_public=False))
    a_subscriber("none@example.test", everything=False)
    a_subscriber(PHONE, channel="sms")
    bulletin = a_bulletin(tell=True)
    message = bulletins.told_as(bulletin)
    for _ in range(2):
        dispatch.dispatch()
    assert sent_to(smtp_sink) == ["all@example.test", "none@example.test", "one@example.test"]
    assert len(sms_sink.journal) == 1
    an_hour_passes(message)
    dispatch.dispatch()
    assert len(smtp_sink.journal) == 3
    assert violations(message) == []
    entries = smtp_sink.journal.entries() + sms_sink.journal.entries()
    handed = [invariants.Handed(one["to"], one["id"]) for one in entries]
    assert invariants.violations(Message.objects.get(), handed, settled=True) == []


def test_nobody_is_told_who_did_not_confirm_left_or_must_not_be_written_to(smtp_sink):
    a_subscriber("asked@example.test", confirmed_at=None)
    a_subscriber("left@example.test", unsubscribed_at=timezone.now())
    a_subscriber("gone@example.test")
    Suppression.objects.create(channel="email", address="gone@example.test", reason="550 5.1.1")
    message = told()
    dispatch.dispatch()
    assert not Delivery.objects.exists()
    an_hour_passes(message)
    messages.list_due()
    assert violations(message) == []


def test_who_leaves_before_it_is_sent_gets_nothing(smtp_sink):
    leaving, gone = a_subscriber("leaving@example.test"), a_subscriber("gone@example.test")
    told()
    messages.list_due()
    Subscriber.objects.filter(pk=leaving.pk).update(unsubscribed_at=timezone.now())
    Suppression.objects.create(channel="email", address=gone.address, reason="550 5.1.1")
    dispatch.dispatch()
    assert sent_to(smtp_sink) == []
    assert set(Delivery.objects.values_list("cause", flat=True)) == {
        DeliveryCause.UNSUBSCRIBED,
        DeliveryCause.SUPPRESSED,
    }


def test_whom_nobody_chose_to_tell_is_told_nothing(smtp_sink):
    a_subscriber()
    a_bulletin()
    dispatch.dispatch()
    assert not Delivery.objects.exists()


def test_it_goes_not_before_its_time(smtp_sink):
    a_subscriber("all@example.test")
    message = told(from_at=timezone.now() + timedelta(hours=1))
    assert messages.list_due() == 0
    assert violations(message, settled=False) == []
    an_hour_passes(message)
    dispatch.dispatch()
    assert sent_to(smtp_sink) == ["all@example.test"]


def test_withdrawn_before_its_time_nobody_is_written_to(smtp_sink):
    a_subscriber()
    bulletin = a_bulletin(tell=True, from_at=timezone.now() + timedelta(hours=1))
    bulletins.withdraw(bulletin=bulletin, reason="It was wrong.", by=None, at=timezone.now())
    message = bulletins.told_as(bulletin)
    an_hour_passes(message)
    dispatch.dispatch()
    assert not Delivery.objects.exists()
    assert violations(message) == []


def test_withdrawn_on_its_way_whoever_has_not_got_it_does_not(smtp_sink):
    for _ in range(3):
        a_subscriber()
    bulletin = a_bulletin(tell=True)
    messages.list_due()
    drain.drain("email", limit=1)
    bulletins.withdraw(bulletin=bulletin, reason="It was wrong.", by=None, at=timezone.now())
    dispatch.dispatch()
    assert len(smtp_sink.journal) == 1
    assert Delivery.objects.filter(state=DeliveryState.SKIPPED, cause=DeliveryCause.RECALLED).count() == 2
    assert violations(bulletins.told_as(bulletin)) == []


def test_it_is_listed_in_pages_and_a_killed_worker_s_successor_goes_on(monkeypatch, smtp_sink):
    monkeypatch.setattr(listing, "PAGE", 2)
    for _ in range(5):
        a_subscriber()
    told()
    pages = iter([listing._list_page])

    def dies(message):
        if act := next(pages, None):
            return act(message)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(listing, "_list_page", dies)
        with pytest.raises(KeyboardInterrupt):
            messages.list_due()
    assert Delivery.objects.count() == 2
    assert messages.list_due() == 3
    assert messages.list_due() == 0


def test_whoever_had_confirmed_and_was_written_down_late_is_told_and_who_came_after_is_not():
    """Behind the last one listed, and before."""
    late_low, first = a_subscriber(), a_subscriber()
    Subscriber.objects.filter(pk=late_low.pk).update(confirmed_at=None)
    message = told()
    assert messages.list_due() == 1
    Subscriber.objects.filter(pk=late_low.pk).update(confirmed_at=first.confirmed_at)  # the commit was late
    late_high = a_subscriber(confirmed_at=first.confirmed_at, created_at=first.confirmed_at)
    a_subscriber(confirmed_at=timezone.now() + timedelta(seconds=30))
    assert messages.list_due() == 2
    assert set(Delivery.objects.values_list("subscriber", flat=True)) == {late_low.pk, first.pk, late_high.pk}
    assert Message.objects.get().listed_at is None
    an_hour_passes(message)
    messages.list_due()
    assert Message.objects.get().listed_at


def test_what_is_urgent_is_listed_and_sent_first(monkeypatch, smtp_sink):
    monkeypatch.setattr(listing, "PAGE", 1)
    for _ in range(2):
        a_subscriber()
    told()
    listed = listing._list_page

    def then_something_fails(message):
        written = listed(message)
        if not fanout.Fanout.objects.exists():
            announced()
        return written

    monkeypatch.setattr(listing, "_list_page", then_something_fails)
    messages.list_due()
    kinds = [row.kind for row in Delivery.objects.order_by("pk")]
    assert kinds == [MessageKind.BULLETIN, MessageKind.UPDATE, MessageKind.UPDATE, MessageKind.BULLETIN]
    drain.drain("email", limit=2)
    done = Delivery.objects.exclude(state=DeliveryState.QUEUED)
    assert {row.kind for row in done} == {MessageKind.UPDATE}


@pytest.mark.parametrize("channel", ["", "email"])
def test_a_pause_holds_it_back(smtp_sink, channel):
    a_subscriber()
    pause = pauses.pause(reason="The relay sends twice.", by=None, at=timezone.now(), channel=channel)
    told()
    dispatch.dispatch()
    assert sent_to(smtp_sink) == []
    pauses.release(pause=pause, by=None, at=timezone.now())
    dispatch.dispatch()
    assert len(smtp_sink.journal) == 1


def test_mail_and_sms_lead_to_the_bulletin_and_say_how_to_end():
    bulletin = a_bulletin("We close on Christmas day", body="Back on **27 December**.", tell=True)
    to = MessageTo(bulletins.told_as(bulletin), RecipientKind.SUBSCRIBER)
    mail, sms = (compose(to, channel).to(Delivery(subscriber=a_subscriber())) for channel in Channel)
    assert mail.subject == "We close on Christmas day"
    assert "Back on 27 December." in mail.text
    assert bulletin.get_public_url() in mail.text
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sms.text == f"Status: We close on Christmas day. {bulletin.get_public_url()} Reply STOP to end"


def test_the_checker_names_who_was_missed():
    reader = a_subscriber("missed@example.test")
    message = told()
    assert violations(message) == ["complete: nobody is written to yet"]
    an_hour_passes(message)
    messages.list_due()
    Delivery.objects.filter(subscriber=reader).delete()
    assert violations(message) == ["complete: missed@example.test has no row"]


def test_it_is_forgotten_in_batches_with_the_deliveries(settings, monkeypatch, smtp_sink):
    monkeypatch.setattr(retention, "BATCH", 2)
    settings.DELIVERY_RETENTION_DAYS = 90
    for _ in range(5):
        a_subscriber()
    message = told()
    dispatch.dispatch()
    Message.objects.update(send_at=Now() - timedelta(days=91), listed_at=Now())
    assert retention._forget_told(timezone.now()) == 2
    assert violations(message, settled=False) == []
    retention.roll_up(timezone.now())
    assert not Delivery.objects.exists()
    assert not Message.objects.exists()


# --- What did not arrive, and what is kept of people ------------------------------------------------------------------


def one_that_failed(by=None) -> Bulletin:
    """One reader has it, the other could not be reached."""
    for address in ("gone@example.test", "here@example.test"):
        a_subscriber(address)
    bulletin = a_bulletin(tell=True, by=by)
    dispatch.dispatch()
    Delivery.objects.filter(subscriber__address="gone@example.test").update(state=DeliveryState.FAILED, sent_at=None)
    return bulletin


def test_its_author_is_told_once_of_what_failed_for_good(smtp_sink):
    author = a_user("ana")
    bulletin = one_that_failed(by=author)
    for _ in range(2):
        final_failures.tell_authors(timezone.now())
    message = Message.objects.get(person=author)
    assert message.title == f"1 notice of “{bulletin.title}” did not arrive"
    assert message.path == f"/admin/support/deliveries/failures/?announcement={bulletin.public_id}"
    choice = failures.Choice(announcement=bulletin.public_id)
    assert [row.recipient.address for row in choice.rows(at=timezone.now())] == ["gone@example.test"]


def test_a_person_tries_it_again_unless_it_was_withdrawn(smtp_sink):
    bulletin = one_that_failed()
    choice = failures.Choice(announcement=bulletin.public_id)
    assert retrying.retry(choice=choice, by=None, at=timezone.now()).queued == 1
    assert AuditEvent.objects.order_by("-pk").first().action == "retried messages"
    dispatch.dispatch()
    assert len(smtp_sink.journal) == 3
    Delivery.objects.filter(subscriber__address="gone@example.test").update(state=DeliveryState.FAILED)
    bulletins.withdraw(bulletin=bulletin, reason="It was wrong.", by=None, at=timezone.now())
    again = retrying.retry(choice=choice, by=None, at=timezone.now())
    assert (again.queued, [left.why for left in again.left]) == (0, [NotRetried.RECALLED])


def test_an_export_names_it_and_an_erasure_forgets_it(smtp_sink):
    a_subscriber("reader@example.test")
    message = told()
    dispatch.dispatch()
    address = Address(Channel.EMAIL, "reader@example.test")
    kept = exporting.export(address, by=None, at=timezone.now())
    assert [one["about"] for one in kept["messages"]] == ["We close on Christmas day"]
    assert erasing.erase(address, by=None, at=timezone.now()).was_known
    assert not Delivery.objects.exists()
    assert violations(message, settled=False) == []
