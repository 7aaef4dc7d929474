"""C24, C25: a restored or a copied database sends nothing until somebody says what became of it."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from incidents.models import Site
from subscribers.delivery import drain, ledger, pauses
from subscribers.delivery.copies import deciding, fence, seen
from subscribers.delivery.copies.fence import Kind
from subscribers.delivery.journal import Mark
from subscribers.enums import DeliveryCause, DeliveryState
from subscribers.models import Delivery, Fanout, Fence, Generation, Pause
from tests.deliveries import announced, states, the_worker_dies, updated

pytestmark = pytest.mark.django_db
MORE = 1_000
READERS = ["a@example.test", "b@example.test", "c@example.test"]


@pytest.fixture(autouse=True)
def _place(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def look() -> Kind:
    fence.forget()
    return fence.standing().kind


def send() -> None:
    fence.forget()
    drain.drain("email")


def is_moved() -> None:
    """As if it stood elsewhere."""
    fence.the_fence()
    Fence.objects.update(identity="PostgreSQL 1, status (2), https://status.example.com (3)")


def is_older() -> None:
    """As if this place had seen more of it."""
    seen.note(fence.the_fence().key, Generation.objects.create().pk + MORE)


def test_a_database_where_it_stood_sends_and_a_new_node_joins_without_a_question(smtp_sink, settings, tmp_path):
    announced(*READERS)
    send()
    settings.DATA_DIR = tmp_path / "another node"
    settings.DATA_DIR.mkdir()
    assert look() is Kind.OPEN
    assert states() == [DeliveryState.SENT] * 3


def test_each_claimed_batch_is_a_generation_that_this_place_remembers(smtp_sink, django_capture_on_commit_callbacks):
    announced(*READERS)
    with django_capture_on_commit_callbacks(execute=True):
        send()
    assert seen.newest(fence.the_fence().key) == fence.generation() > 0


@pytest.mark.parametrize(("make", "kind"), [(is_moved, Kind.MOVED), (is_older, Kind.OLDER)])
def test_a_copy_sends_nothing_and_says_what_to_do(smtp_sink, make, kind, caplog):
    announced(*READERS)
    make()
    send()
    assert fence.standing().kind is kind
    assert len(smtp_sink.journal) == 0
    assert states() == [DeliveryState.QUEUED] * 3
    assert "manage.py restored" in caplog.text


def test_what_another_place_saw_is_known_by_redis_and_never_falls(smtp_sink, settings, tmp_path):
    announced(*READERS)
    is_older()
    settings.DATA_DIR = tmp_path / "another node"
    settings.DATA_DIR.mkdir()
    key = fence.the_fence().key
    newest = seen.newest(key)
    seen.note(key, 1)
    assert seen.newest(key) == newest > 1
    assert len(ledger.claim("email", 10)) == 0
    assert look() is Kind.OLDER


def test_another_address_of_the_site_makes_it_another(settings):
    fence.the_fence()
    settings.SITE_URL = "https://staging.example.test"
    assert look() is Kind.MOVED


def test_another_port_on_this_machine_is_the_same_site(settings):
    settings.SITE_URL = "http://localhost:8000"
    fence.the_fence()
    for address in ("http://localhost:8001", "http://127.0.0.1:8001", "http://[::1]:8001"):
        settings.SITE_URL = address
        assert look() is Kind.OPEN


def test_sending_can_be_switched_off_where_address_and_database_stay(smtp_sink, settings):
    announced(*READERS)
    settings.SENDING = False
    send()
    assert (fence.standing().kind, len(smtp_sink.journal)) == (Kind.OFF, 0)


def test_a_database_that_is_restored_under_a_working_claim_is_noticed(smtp_sink, settings):
    """No look was due, and still nothing is claimed."""
    announced(*READERS)
    assert look() is Kind.OPEN
    is_older()
    assert len(ledger.claim("email", 10)) == 0
    assert fence.standing().kind is Kind.OLDER
    assert states() == [DeliveryState.QUEUED] * 3


def test_a_moved_original_takes_over_and_goes_on(smtp_sink):
    announced(*READERS)
    is_moved()
    look()
    call_command("take_over")
    send()
    assert states() == [DeliveryState.SENT] * 3


def test_an_older_copy_may_not_take_over_as_if_nothing_had_been():
    is_moved()
    is_older()
    look()
    with pytest.raises(CommandError, match=r"manage\.py restored"):
        call_command("take_over")


def test_restored_what_was_due_waits_by_announcement_and_what_is_new_goes_at_once(smtp_sink, capsys):
    first = announced(*READERS)
    is_older()
    look()
    call_command("restored")
    assert f"3 wait: {first} ({first.public_id})" in capsys.readouterr().out
    send()
    assert len(smtp_sink.journal) == 0
    announced("d@example.test")
    send()
    assert sorted(entry["to"] for entry in smtp_sink.journal.entries()) == sorted([*READERS, "d@example.test"])
    pauses.release(pause=Pause.objects.get(announcement=first), by=None, at=timezone.now())
    send()
    assert Delivery.objects.filter(announcement=first, state=DeliveryState.SENT).count() == 3


def test_restored_what_the_notes_show_as_handed_over_is_not_sent_again(smtp_sink):
    first = announced(*READERS)
    send()
    Delivery.objects.exclude(subscriber__address=READERS[0]).delete()  # the copy had one row, queued, and a cursor
    Delivery.objects.update(state=DeliveryState.QUEUED, sent_at=None)
    cursor = Delivery.objects.get().subscriber_id
    Fanout.objects.filter(announcement=first).update(finished_at=None, settled_at=None, cursor=cursor)
    is_older()
    assert deciding.restored(by=None, at=timezone.now()) == []
    assert states() == [DeliveryState.SENT] * 3
    send()
    assert len(smtp_sink.journal) == 3


def test_restored_a_number_given_anew_is_somebody_else(smtp_sink):
    announced(*READERS)
    send()
    Delivery.objects.update(state=DeliveryState.QUEUED, sent_at=None)
    for delivery in Delivery.objects.all():
        delivery.subscriber.created_at = timezone.now()
        delivery.subscriber.save()
    is_older()
    ((_, waiting),) = deciding.restored(by=None, at=timezone.now())
    assert waiting == 3


def test_restored_the_journal_of_a_killed_worker_is_heard():
    announced(*READERS)
    the_worker_dies(Mark.TAKEN, Mark.BEGUN, Mark.NOT_BEGUN)
    Delivery.objects.update(state=DeliveryState.QUEUED, lease="")
    is_older()
    ((_, waiting),) = deciding.restored(by=None, at=timezone.now())
    assert states() == [DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.QUEUED]
    assert waiting == 1


def test_restored_every_later_generation_and_page_is_newer_than_all_that_was_seen():
    version = Site.load().page_version
    is_older()
    newest = seen.newest(fence.the_fence().key)
    deciding.restored(by=None, at=timezone.now())
    assert look() is Kind.OPEN
    assert Generation.objects.create().pk > newest
    assert Site.load().page_version > version


def test_an_older_page_is_not_shown_to_whoever_saw_a_newer_one():
    version = Site.load().page_version
    fence.show(version + 5)
    with pytest.raises(fence.Older):
        fence.show(version)
    assert look() is Kind.OLDER
    deciding.restored(by=None, at=timezone.now())
    assert look() is Kind.OPEN
    fence.show(Site.load().page_version)


def test_another_database_at_the_same_place_is_shown():
    fence.show(Site.load().page_version + 5)
    Fence.objects.all().delete()
    fence.show(Site.load().page_version)


def test_restored_on_a_second_machine_holds_nothing_back_again(smtp_sink):
    first = announced(*READERS)
    is_older()
    deciding.restored(by=None, at=timezone.now())
    second = updated(first)
    assert deciding.restored(by=None, at=timezone.now()) == []
    assert not Pause.objects.filter(announcement=second).exists()


def test_what_is_published_on_a_copy_ends_as_kept_here(smtp_sink):
    announced(*READERS)
    is_moved()
    call_command("this_is_a_copy")
    send()
    rows = set(Delivery.objects.values_list("state", "cause"))
    assert rows == {(DeliveryState.SKIPPED, DeliveryCause.COPY)}
    assert len(smtp_sink.journal) == 0
    assert look() is Kind.COPY


def test_a_copy_becomes_the_original_by_taking_over(smtp_sink):
    call_command("this_is_a_copy")
    fence.forget()
    call_command("take_over")
    announced(*READERS)
    send()
    assert states() == [DeliveryState.SENT] * 3


def test_every_staff_screen_ready_and_metrics_say_so(client, settings, admin_client):
    settings.METRICS_TOKEN = "for-this-test"
    is_older()
    look()
    for path in ("/admin/", "/admin/incidents/"):
        assert "this database is older than what was sent from here" in admin_client.get(path).content.decode(), path
    assert client.get("/readyz").json()["sending"] == "older"
    told = client.get("/metrics", headers={"authorization": "Bearer for-this-test"}).content
    assert b"\nstatuspage_sending 0\n" in told


def test_a_full_disk_and_a_silent_redis_stop_nobody(smtp_sink, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "file"
    settings.DATA_DIR.write_text("no directory can be made here")
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    announced(*READERS)
    send()
    assert len(smtp_sink.journal) == 3


def test_only_the_newest_generations_are_kept(monkeypatch):
    monkeypatch.setattr(fence, "_KEPT", 2)
    for _ in range(6):
        assert fence.advance()
    assert Generation.objects.count() <= 3
