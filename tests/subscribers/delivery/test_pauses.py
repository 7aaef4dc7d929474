import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from incidents.models import AuditEvent
from subscribers.delivery import fanout, pauses
from subscribers.delivery.copies import fence
from subscribers.models import Delivery, Pause
from subscribers.people import subscribing
from subscribers.signals import deliveries_due
from tests.factories import a_subscriber, a_user, an_open_incident

pytestmark = pytest.mark.django_db
WHY = "The relay sends twice."


def pause(**scope) -> Pause:
    return pauses.pause(reason=WHY, by=None, at=timezone.now(), **scope)


def flowing() -> set[tuple[str, int | None]]:
    return set(Delivery.objects.filter(pauses.flowing()).values_list("channel", "announcement"))


@pytest.fixture
def waiting():
    """Two announcements on two channels, and a confirmation by mail."""
    a_subscriber()
    a_subscriber(channel="sms")
    found = [an_open_incident(title=title).announcement for title in ("One", "Two")]
    for announcement in found:
        fanout.expand(announcement)
    choice = {"everything": True, "components": (), "every_update": True}
    subscribing.request_subscription(channel="email", address="new@example.test", at=timezone.now(), **choice)
    return found


def test_everything_flows_where_nothing_is_stopped(waiting):
    assert len(flowing()) == 5


def test_a_stopped_channel_waits_and_the_others_flow(waiting):
    pause(channel="sms")
    one, two = (announcement.pk for announcement in waiting)
    assert flowing() == {("email", one), ("email", two), ("email", None)}


def test_a_stopped_announcement_waits_and_all_else_flows(waiting):
    one, two = waiting
    pause(announcement=one)
    assert flowing() == {("email", two.pk), ("sms", two.pk), ("email", None)}


def test_a_stop_may_name_an_announcement_on_one_channel(waiting):
    one, two = waiting
    pause(announcement=one, channel="email")
    assert flowing() == {("sms", one.pk), ("email", two.pk), ("sms", two.pk), ("email", None)}


def test_several_pauses_add_up(waiting):
    one, two = waiting
    pause(announcement=one)
    pause(channel="email")
    assert flowing() == {("sms", two.pk)}


def test_everything_paused_asks_the_database_for_messages_to_staff_alone(waiting, django_assert_num_queries):
    pause()
    fence.standing()  # looked at once a second, not each time
    with django_assert_num_queries(2) as asked:
        assert flowing() == set()
    assert '"priority" =  -1' in asked.captured_queries[-1]["sql"]


def test_nothing_is_settled_by_a_pause(waiting):
    before = list(Delivery.objects.order_by("pk").values())
    pause()
    assert list(Delivery.objects.order_by("pk").values()) == before


def test_a_released_pause_lets_all_flow_and_calls_the_workers(waiting):
    called = []
    deliveries_due.connect(hear := lambda channel, **kwargs: called.append(channel))
    try:
        pauses.release(pause=pause(channel="sms"), by=None, at=timezone.now())
    finally:
        deliveries_due.disconnect(hear)
    assert len(flowing()) == 5
    assert called == ["sms"]


def test_a_stop_is_kept_with_who_when_and_why(waiting):
    lead, at = a_user("lead"), timezone.now()
    made = pauses.pause(reason=WHY, by=lead, at=at, channel="sms")
    assert pauses.release(pause=made, by=lead, at=at)
    made.refresh_from_db()
    assert (made.paused_by, made.paused_at, made.released_by, made.released_at) == (lead, at, lead, at)
    events = AuditEvent.objects.filter(subject="all SMS").order_by("pk").values_list("action", "by_name")
    assert list(events) == [("stopped deliveries", "lead"), ("released deliveries", "lead")]


def test_a_second_stop_of_the_same_scope_is_the_first():
    assert pause(channel="sms") == pause(channel="sms")
    assert pause() == pause()
    assert Pause.objects.count() == 2


def test_a_second_release_changes_nothing():
    made = pause()
    assert pauses.release(pause=made, by=None, at=timezone.now())
    assert not pauses.release(pause=made, by=None, at=timezone.now())
    assert pause() != made


def test_the_database_allows_one_open_stop_of_a_scope():
    announcement = an_open_incident().announcement
    for scope in ({"channel": "sms"}, {"channel": "", "announcement": announcement}):
        values = scope | {"reason": WHY, "paused_at": timezone.now()}
        Pause.objects.create(**values)
        with pytest.raises(IntegrityError), transaction.atomic():
            Pause.objects.create(**values)


@pytest.mark.parametrize("reason", [" ", "a\u202eb"])
def test_a_stop_needs_a_reason_that_can_be_kept(reason):
    with pytest.raises(ValidationError, match=r"."):
        pauses.pause(reason=reason, by=None, at=timezone.now())
    assert not Pause.objects.exists()


def test_what_a_stop_holds_is_counted(waiting):
    assert pauses.held_by(pause(channel="email")).count() == 3
    assert pauses.held_by(pause(announcement=waiting[0])).count() == 2
    assert pauses.waiting_in().count() == 5
