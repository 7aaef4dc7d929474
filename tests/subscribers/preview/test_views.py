"""What the lead sees before and after publishing."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.asserts import assertContains, assertNotContains

from incidents.actions import publishing, recalling
from incidents.enums import ComponentStatus
from subscribers.board import board, remembered
from subscribers.delivery import breakers, fanout, pauses
from subscribers.models import Delivery, Fanout, Subscription
from subscribers.support import linking as actions
from tests.factories import a_component, a_subscriber, an_open_incident

HTMX = {"HX-Request": "true"}
TEXT = {"title": "Card payments fail", "body": "About **one in five** fails.", "status": "investigating"}


@pytest.fixture
def readers(payments):
    """Two by mail and one by SMS for everything; one for payments alone; one for another component."""
    a_subscriber()
    a_subscriber(every_update=False)
    a_subscriber(channel="sms", every_update=False)
    for component in (payments, a_component("Search")):
        Subscription.objects.create(subscriber=a_subscriber(everything=False), component=component)


def preview(client, **fields):
    return client.post(reverse("preview:audience"), TEXT | fields, headers=HTMX)


def affecting(component, status=ComponentStatus.PARTIAL_OUTAGE):
    return {f"component-{component.public_id}": status}


def counted(answer):
    return {one.channel.value: one.number for one in answer.context["hearing"]}


def test_the_preview_counts_by_channel(lead, readers, payments):
    answer = preview(lead, **affecting(payments))
    assert counted(answer) == {"email": 3, "sms": 1}
    assertContains(answer, "3 by e-mail, 1 by SMS")
    assertContains(answer, 'data-audience="4"')


def test_the_preview_counts_exactly_whom_the_fan_out_writes_to(lead, readers, payments):
    for status, linked in (("mitigating", "ada@example.com"), ("resolved", "bob@example.com")):
        incident = an_open_incident(payments).incident
        actions.link_customer(incident=incident, name="C", contact=linked, by=None, at=timezone.now())
        told = counted(preview(lead, incident=incident.public_id, status=status, **affecting(payments)))
        publishing.post_update(incident=incident, status=status, body="More.", by=None, at=timezone.now())
        announcement = incident.announcements.first()
        fanout.expand(announcement)
        for channel, number in told.items():
            assert Delivery.objects.filter(announcement=announcement, channel=channel).count() == number


def test_the_components_that_an_incident_has_already_count_too(lead, readers, payments):
    of_payments, of_nothing = an_open_incident(payments).incident, an_open_incident().incident
    assert counted(preview(lead, incident=of_nothing.public_id, status="mitigating"))["email"] == 1
    assert counted(preview(lead, incident=of_payments.public_id, status="mitigating"))["email"] == 2


def test_a_private_component_brings_nobody(lead, readers):
    hidden = a_component("Hidden", is_public=False)
    Subscription.objects.create(subscriber=a_subscriber(everything=False), component=hidden)
    assert counted(preview(lead, **affecting(hidden)))["email"] == 2


def test_a_hidden_incident_tells_nobody(lead, readers):
    incident = an_open_incident(is_public=False).incident
    answer = preview(lead, incident=incident.public_id)
    assert counted(answer) == {"email": 0, "sms": 0}
    assertContains(answer, "hidden from the public")


def test_mail_and_sms_read_as_they_will_be_sent(lead, readers, payments):
    answer = preview(lead, **affecting(payments))
    assertContains(answer, "[Investigating] Card payments fail")
    assertContains(answer, "Partial outage: Payments")
    assertContains(answer, "segment")
    assert Delivery.objects.count() == 0


def test_the_mail_is_framed_from_an_address_that_allows_styles_and_nothing_else(lead, payments):
    source = re.search(r'<iframe[^>]* src="([^"]+)"[^>]* sandbox', preview(lead, **affecting(payments)).text)[1]
    answer = lead.get(source)
    assertContains(answer, "<strong>one in five</strong>")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert "sandbox" in policy
    assert "frame-ancestors 'self'" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in answer["Cache-Control"]


def test_a_tampered_preview_address_shows_a_line(lead):
    assertContains(lead.get(reverse("preview:mail"), {"draft": "eyJib2R5IjoieCJ9:x:y"}), "too old")


def test_a_text_too_long_for_an_address_is_shown_as_text(lead):
    answer = preview(lead, body=" ".join(str(number) for number in range(4_000)))
    assertNotContains(answer, "<iframe")
    assertContains(answer, "sample__text")


def test_it_is_a_page_of_its_own_without_a_script(lead, readers):
    for answer in (lead.post(reverse("preview:audience"), TEXT), lead.get(reverse("preview:audience"))):
        assertContains(answer, "</html>")
        assertContains(answer, "will be told")


@pytest.mark.parametrize(
    "body",
    ["[" * 5_000, "a\x0bb", "lone \ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace") + "\u202e"],
)
def test_a_text_that_cannot_be_published_is_left_out_and_said(lead, body):
    assertContains(preview(lead, body=body), "Until then it is left out here.")


half_typed = st.text(max_size=40) | st.sampled_from(["2026-02-31T10:00", "0001-01-01T00:00", "9999-12-31T23:59", "\0"])


@given(
    fields=st.dictionaries(
        st.sampled_from(
            ["title", "body", "status", "severity", "impact", "kind", "incident", "next_update_at", "scheduled_for"]
        )
        | st.text("component-0x\0", max_size=14),
        half_typed | st.sampled_from(["maintenance", "resolved", "completed", "P1", "major_outage"]),
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_half_typed_gets_a_fragment(lead, fields):
    fields = {name: text.encode("utf-8", "replace").decode() for name, text in fields.items()}
    assertContains(lead.post(reverse("preview:audience"), fields, headers=HTMX), "will be told")


def test_a_maintenance_shows_its_window(lead):
    window = {"kind": "maintenance", "scheduled_for": "2027-01-05T02:00", "scheduled_until": "2027-01-05T04:00"}
    assertContains(preview(lead, status="scheduled", **window), "02:00 to 04:00")


@pytest.fixture
def listed(incident):
    for _ in range(4):
        a_subscriber()
    a_subscriber(channel="sms")
    fanout.expand(incident.announcements.get())
    return Delivery.objects.filter(announcement__incident=incident).order_by("pk")


def progress(client, incident, **kwargs):
    return client.get(reverse("deliveries:progress", args=[incident.public_id]), **kwargs)


def settle(rows, **values):
    for row, state in zip(rows, values.pop("states"), strict=False):
        Delivery.objects.filter(pk=row.pk).update(state=state, **values)


def test_progress_tells_states_reasons_and_doubles(support, incident, listed):
    settle(listed, states=["sent", "delivered", "failed", "skipped"], cause="superseded", possibly_doubled=True)
    text = re.sub(r"<[^>]+>", "", progress(support, incident, headers=HTMX).text)
    for words in (
        "4 of 4",
        "2 sent, 1 confirmed",
        "1 could not be reached",
        "1 not sent: a newer update replaced it",
        "0 of 1",
    ):
        assert words in text
    assert "4 may have arrived twice" in text


def test_progress_asks_again_while_something_waits_and_then_stops(lead, incident, listed):
    assertContains(progress(lead, incident, headers=HTMX), "hx-trigger")
    listed.update(state="sent")
    settled = progress(lead, incident, headers=HTMX)
    assertNotContains(settled, "hx-trigger")
    assertContains(settled, "Done")


def test_progress_waits_for_the_list_to_be_made(lead, incident):
    a_subscriber()
    answer = progress(lead, incident, headers=HTMX)
    assertContains(answer, "Making the list")
    assertContains(answer, 'hx-trigger="every 1s"')


def looks_again_after(client, incident, **ago):
    """The seconds until the next look at progress, so long after the publish."""
    with time_machine.travel(timezone.now() + timedelta(**ago), tick=False):
        return int(re.search(r'hx-trigger="every (\d+)s"', progress(client, incident, headers=HTMX).text)[1])


@pytest.mark.parametrize("state", ["queued", "sending", "sent"])
def test_progress_is_looked_at_each_second_in_the_first_minute_while_anything_waits(lead, incident, listed, state):
    listed.filter(channel="email").update(state=state)
    assert looks_again_after(lead, incident, seconds=0) == 1
    assert looks_again_after(lead, incident, seconds=58) == 1


@pytest.mark.parametrize("state", ["queued", "sending"])
def test_after_the_first_minute_it_is_looked_at_often_while_something_moves(lead, incident, listed, state):
    listed.update(state=state)
    assert looks_again_after(lead, incident, seconds=61) == 2


def test_progress_looks_seldom_where_only_a_later_attempt_is_due(lead, incident, listed):
    listed.update(state="queued", cause="told_to_wait", reason="429: Too many")
    assert looks_again_after(lead, incident, seconds=61) == 10


def test_an_old_settled_update_keeps_nobody_looking_each_second(lead, incident, listed):
    listed.update(state="sent")
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        publishing.post_update(incident=incident, status="mitigating", body="On it.", by=None, at=timezone.now())
    fanout.expand(incident.announcements.first())
    Delivery.objects.filter(state="queued").update(cause="told_to_wait", reason="429: Too many")
    assert looks_again_after(lead, incident, minutes=2) == 1
    assert looks_again_after(lead, incident, minutes=4) == 10


def test_progress_with_failures_is_not_called_done(lead, incident, listed):
    listed.update(state="sent")
    settle(listed, states=["failed", "unknown"])
    shown = progress(lead, incident, headers=HTMX)
    assertNotContains(shown, "Done")
    state = re.search(r'<span class="delivery__state".*?</span>', shown.text, re.DOTALL)[0]
    assert "1 could not be reached, 1 may not have arrived" in state


def test_what_took_long_to_count_is_not_counted_at_every_look(lead, incident, listed, monkeypatch):
    monkeypatch.setattr(remembered, "LONG_SECONDS", 0)
    monkeypatch.setattr(board, "_KEPT_WHILE_MOVING", 10_000_000)
    progress(lead, incident)
    listed.update(state="sent")
    assertNotContains(progress(lead, incident), "Done")
    publishing.post_update(incident=incident, status="mitigating", body="On it.", by=None, at=timezone.now())
    assertContains(progress(lead, incident), "Making the list")
    board.forget()


def test_progress_knows_the_time_left(lead, incident, listed):
    now = timezone.now()
    settle(listed, states=["sent", "sent"], sent_at=now - timedelta(seconds=10))
    newest = progress(lead, incident).context["newest"]
    email = newest.channels[0]
    assert timedelta(seconds=9) < email.time_left < timedelta(seconds=12)
    assert newest.time_left is None  # nothing moves on the other channel


def test_progress_says_why_some_wait(lead, incident, listed):
    settle(listed, states=["queued"], cause="put_off", reason="451 greylisted", attempts=1)
    assertContains(progress(lead, incident), "451 greylisted")


def test_progress_says_what_holds_everything_back(lead, incident, listed):
    pauses.pause(channel="email", announcement=None, reason="A wrong list", by=None, at=timezone.now())
    breakers.trip("sms", "Connection refused")
    shown = progress(lead, incident, headers=HTMX)
    assertContains(shown, "Paused: all e-mail.")
    assertContains(shown, "A wrong list")
    assertContains(shown, "<strong>SMS is down:</strong> Connection refused")
    listed.filter(channel="sms").update(state="sent")
    assertNotContains(progress(lead, incident, headers=HTMX), "SMS gateway")


def test_progress_says_that_this_incident_is_stopped_and_of_no_other(lead, incident, listed, payments):
    other = an_open_incident(payments).announcement
    for announcement, reason in ((incident.announcements.first(), "A wrong word"), (other, "Not ours")):
        pauses.pause(channel="", announcement=announcement, reason=reason, by=None, at=timezone.now())
    shown = progress(lead, incident, headers=HTMX)
    assertContains(shown, "A wrong word")
    assertNotContains(shown, "Not ours")


def test_the_preview_says_that_a_stop_would_hold_it_back(lead, readers, payments):
    pauses.pause(channel="", announcement=None, reason="The relay is moved", by=None, at=timezone.now())
    assertContains(preview(lead, **affecting(payments)), "The relay is moved")


def test_progress_without_a_script_reloads_itself_while_it_runs(lead, incident, listed):
    refresh = '<noscript><meta http-equiv="refresh" content="5"></noscript>'
    assertContains(progress(lead, incident), refresh)
    listed.update(state="sent")
    assertNotContains(progress(lead, incident), refresh)


def test_the_page_of_progress_holds_the_fragment(lead, incident, listed):
    listed.update(state="sent")
    fragment = progress(lead, incident, headers=HTMX).text.strip()
    assert fragment in progress(lead, incident).text


def test_progress_reads_the_ledger_once_however_many_updates_there_are(
    lead, incident, listed, django_assert_num_queries
):
    for number in range(3):
        publishing.post_update(incident=incident, status="mitigating", body=f"{number}.", by=None, at=timezone.now())
        fanout.expand(incident.announcements.first())
    with django_assert_num_queries(11) as queries:
        progress(lead, incident, headers=HTMX)
    assert sum('FROM "subscribers_delivery"' in query["sql"] for query in queries.captured_queries) == 1


def test_counting_the_audience_is_one_aggregate(lead, readers, payments, django_assert_max_num_queries):
    with django_assert_max_num_queries(20) as queries:
        preview(lead, **affecting(payments))
    counts = [query["sql"] for query in queries.captured_queries if 'FROM "subscribers_subscriber"' in query["sql"]]
    assert len(counts) == 1
    assert "GROUP BY" in counts[0]


def test_a_correction_of_what_went_out_long_ago_says_that_nobody_is_told_first(lead):
    wrong = an_open_incident(a_component("Payments")).announcement
    recalling.recall(announcement=wrong, reason="Wrong", by=None, at=timezone.now())
    fields = {"title": "T", "body": "B", "incident": wrong.incident.public_id, "corrects": wrong.public_id}
    address = reverse("preview:audience")
    assert "went out long ago" not in lead.post(address, fields).text
    Fanout.objects.create(announcement=wrong, rolled_up_at=timezone.now())
    assert "went out long ago" in lead.post(address, fields).text
