import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from incidents.actions import recalling
from subscribers.delivery import breakers, fanout, pauses
from subscribers.enums import DeliveryState
from subscribers.management.commands import deliveries
from subscribers.models import Delivery, HeldSuppression
from subscribers.templatetags.support import clock
from tests.factories import a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db


def run(*arguments) -> str:
    out = StringIO()
    call_command("deliveries", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def announcement():
    for _ in range(3):
        a_subscriber()
    a_subscriber(channel="sms")
    announcement = an_open_incident(title="Card payments fail").announcement
    fanout.expand(announcement)
    return announcement


def test_it_shows_each_announcement_and_channel(announcement):
    said = run().splitlines()
    assert said[0].startswith("E-mail: 3 waiting")
    assert said[3].startswith(f"{announcement.public_id} of incident {announcement.incident.public_id}  ")
    assert said[3].endswith("P2  [Investigating] Card payments fail")
    assert said[4].split() == ["queued"]
    assert said[5].split() == ["E-mail", "3"]


def test_failures_stand_first_above_all_and_in_their_announcement(announcement):
    first, *_ = announcement.deliveries.filter(channel="email")
    announcement.deliveries.update(state=DeliveryState.SENT, sent_at=timezone.now())
    Delivery.objects.filter(pk=first.pk).update(state=DeliveryState.FAILED, reason="550 No such user")
    said = run().splitlines()
    assert said[:2] == ["FAILED 1 could not be reached", "Nothing waits."]
    assert said[4] == "  1 could not be reached"
    assert said[5].split() == ["sent", "failed"]
    assert [line.split() for line in said[6:]] == [["E-mail", "2", "1"], ["SMS", "1", "0"]]


def test_a_program_reads_it_as_json(announcement):
    row = announcement.deliveries.filter(channel="email").first()
    Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.SKIPPED, cause="unsubscribed")
    recalling.recall(announcement=announcement, reason="Wrong.", by=None, at=timezone.now())
    pauses.pause(reason="Twice.", by=None, at=timezone.now(), channel="sms")
    data = json.loads(run("--json"))
    (one,) = data["announcements"]
    assert (one["announcement"], one["is_recalled"], one["is_settled"]) == (announcement.public_id, True, False)
    mail, sms = one["channels"]
    assert (mail["channel"], mail["queued"], mail["skipped"]) == ("email", 2, 1)
    assert mail["skipped_because"] == {"unsubscribed": 1}
    assert (sms["queued"], sms["sent_per_second"], sms["seconds_left"]) == (1, 0, None)
    assert data["pauses"][0]["scope"] == "all SMS"
    assert data["waiting"][0]["waiting"] == 2


def test_a_provider_that_is_left_alone_is_said_in_words_and_as_json(announcement):
    breakers.trip("sms", "503 Service Unavailable")
    first = run().splitlines()[0]
    assert first.startswith("SMS is down: 503 Service Unavailable (since ")
    assert ", 1 look failed, tried again in " in first
    (down,) = json.loads(run("--json"))["providers_down"]
    assert (down["channel"], down["failures"], down["is_refusal"]) == ("sms", 1, False)
    assert 0 < down["left_alone_seconds"] <= 5


def test_it_says_why_some_wait_and_others_are_not_sent(announcement):
    later, silent, gone = announcement.deliveries.filter(channel="email")
    at = timezone.now() + timedelta(minutes=5)
    change = Delivery.objects.filter
    change(pk=later.pk).update(attempts=1, visible_at=at, cause="put_off", reason="451 greylisted")
    change(pk=silent.pk).update(state=DeliveryState.SKIPPED, cause="unsubscribed")
    change(pk=gone.pk).update(state=DeliveryState.SENT, sent_at=timezone.now())
    HeldSuppression.objects.create(channel="email", address="a@example.com", reason="x", held_at=at)
    said = run()
    assert f"1 tried again, the next at {clock(at)}: 451 greylisted\n" in said
    assert " 1 not sent: unsubscribed\n" in said
    assert "HELD 1 reported" in said


def test_what_is_done_has_no_pace_any_more(announcement):
    Delivery.objects.update(state=DeliveryState.SENT, sent_at=timezone.now())
    assert "a second" not in run()
    assert "a minute" not in run()


def test_one_announcement_alone(announcement):
    an_open_incident(title="Search is slow")
    assert "Search is slow" not in run(announcement.public_id)
    with pytest.raises(CommandError, match="There is no announcement"):
        run("000000000000")


def test_watching_ends_when_nothing_moves(announcement, monkeypatch):
    def all_sent(seconds):
        Delivery.objects.update(state=DeliveryState.SENT, sent_at=timezone.now())

    monkeypatch.setattr(deliveries.time, "sleep", all_sent)
    lines = run("--watch", "--json").splitlines()
    assert [json.loads(line)["announcements"][0]["is_settled"] for line in lines] == [False, True]


def test_an_empty_ledger_says_so():
    assert run() == "Nothing waits.\n"
