"""The operator's screens."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.actions import recalling, scheduling
from incidents.models import AuditEvent, Incident
from subscribers.board import board, remembered
from subscribers.delivery import breakers, fanout, pauses
from subscribers.enums import DeliveryState
from subscribers.models import Breaker, Delivery, Pause
from subscribers.templatetags.support import clock
from tests.factories import a_component, a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def announced(mails=3, texts=1, **kwargs):
    for channel, number in (("email", mails), ("sms", texts)):
        for _ in range(number):
            a_subscriber(channel=channel)
    announcement = an_open_incident(a_component(), **kwargs).announcement
    fanout.expand(announcement)
    return announcement


def fail(announcement, reason="550 5.1.1 No such user", state=DeliveryState.FAILED, number=1, cause="refused") -> None:
    rows = announcement.deliveries.filter(channel="email", state=DeliveryState.QUEUED).order_by("pk")[:number]
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(state=state, cause=cause, reason=reason, attempts=1)


def get(client, name, *args, query=None, **kwargs):
    return client.get(reverse(f"deliveries:{name}", args=args, query=query), **kwargs)


def post(client, name, *args, query=None, data=None, **kwargs):
    return client.post(reverse(f"deliveries:{name}", args=args, query=query), data or {}, **kwargs)


def test_the_board_shows_each_announcement_with_its_channels(lead):
    announcement = announced(title="Card payments fail")
    fail(announcement, number=2)
    page = get(lead, "board").text
    assert "Card payments fail" in page
    link = reverse("deliveries:failures", query={"announcement": announcement.public_id, "channel": "email"})
    assert link.replace("&", "&amp;") + "&amp;state=failed" in page


def test_the_board_tells_pace_time_left_who_waits_longest_doubles_and_why_some_wait(lead):
    announcement = announced(mails=100, texts=0)
    rows = announcement.deliveries.order_by("pk")
    now, some = timezone.now(), [row.pk for row in rows[:63]]
    since = now - timedelta(minutes=7)
    some, bounced, tried, skipped = some[:60], some[60], some[61], some[62]
    Delivery.objects.filter(pk__in=some).update(state=DeliveryState.SENT, sent_at=now)
    Delivery.objects.filter(pk=some[0]).update(sent_at=now - timedelta(seconds=30), possibly_doubled=True)
    Delivery.objects.filter(pk__in=some[:20]).update(state=DeliveryState.DELIVERED)
    Delivery.objects.filter(pk=bounced).update(state=DeliveryState.BOUNCED, reason="Gone")
    later = {"attempts": 1, "visible_at": now + timedelta(minutes=5), "created_at": since}
    Delivery.objects.filter(pk=tried).update(cause="put_off", reason="451 Greylisted", **later)
    Delivery.objects.filter(pk=skipped).update(state=DeliveryState.SKIPPED, cause="unsubscribed")
    page = get(lead, "board").text
    cells = dict(re.findall(r'<td data-label="([^"]+)"[^>]*>(?:<a [^>]*>)?(\d+)', page))
    assert cells == {
        "Queued": "37", "Deferred": "1", "Sent": "40", "Delivered": "20", "Bounced": "1", "Not sent": "1"
    }  # fmt: skip
    assert "<strong>2 a second</strong>, about " in page
    assert f"Oldest waits since {clock(since)}" in page
    assert f"1 tried again, the next at {clock(later['visible_at'])}: 451 Greylisted" in page
    assert "1 may have arrived twice" in page
    assert "1 not sent: unsubscribed" in page


def test_a_board_with_failures_says_them_first_and_calls_nothing_done(lead):
    announcement = announced(mails=40, texts=0)
    fail(announcement, number=10)
    announcement.deliveries.filter(state=DeliveryState.QUEUED).update(state=DeliveryState.SENT, sent_at=timezone.now())
    page = get(lead, "board").text
    assert page.count("10 could not be reached") == 2  # above the board and in its row
    assert page.index("10 could not be reached") < page.index("Nothing is left to send.")
    assert "Done" not in page
    assert "settled" not in page


def test_what_may_have_arrived_is_not_called_unreached(lead):
    announcement = announced(mails=3, texts=0)
    fail(announcement, number=1, state=DeliveryState.BOUNCED)
    fail(announcement, number=2, state=DeliveryState.UNKNOWN)
    assert "1 could not be reached, 2 may not have arrived" in get(lead, "board").text


def test_failures_stand_in_their_row_while_others_still_wait(lead):
    fail(announced(mails=3, texts=0), number=2)
    page = get(lead, "board").text
    assert page.index("2 could not be reached") < page.index("Waiting")


def test_where_all_were_reached_it_is_done_and_no_column_is_all_zero(lead):
    announcement = announced(mails=3, texts=1)
    announcement.deliveries.update(state=DeliveryState.SENT, sent_at=timezone.now())
    page = get(lead, "board").text
    assert "Done" in page
    assert "could not be reached" not in page
    headings = re.search(r"<thead>.*?</thead>", page, re.DOTALL)[0]
    assert re.findall(r'<th scope="col">([^<]+)', headings) == ["Channel", "Sent"]


def test_a_maintenance_has_no_severity_on_the_board(lead):
    now = timezone.now()
    window = {"scheduled_for": now + timedelta(days=1), "scheduled_until": now + timedelta(days=1, hours=1)}
    scheduling.schedule_maintenance(title="Upgrade", body="We.", components=[], by=None, at=now, **window)
    page = get(lead, "board").text
    assert "Upgrade" in page
    assert 'class="chip"' not in page


def test_the_fragment_is_what_the_page_includes(lead):
    announced()
    assert get(lead, "board", headers=HTMX).text.strip() in get(lead, "board").text


def test_a_board_where_nothing_moves_looks_no_further(lead):
    announcement = announced()
    assert "every 2s" in get(lead, "board").text
    announcement.deliveries.update(state=DeliveryState.SENT, sent_at=timezone.now())
    assert "every 2s" not in get(lead, "board").text


def test_an_empty_board_teaches(lead):
    assert "Nothing was announced yet" in get(lead, "board").text


def test_the_board_costs_one_aggregate_an_announcement(lead, django_assert_max_num_queries):
    for _ in range(5):
        announced(mails=1, texts=0)
    with django_assert_max_num_queries(6 + 14):
        get(lead, "board")


def test_the_newest_twenty_stand_first_and_the_rest_on_further_pages(lead):
    for number in range(21):
        an_open_incident(title=f"Trouble number {number:02}")
    first, second = get(lead, "board").text, get(lead, "board", query={"page": 2}).text
    assert "Trouble number 20" in first
    assert "Trouble number 00" not in first
    assert "Trouble number 00" in second


def test_what_takes_long_to_count_is_remembered_for_a_while(monkeypatch, django_assert_num_queries):
    announced()
    monkeypatch.setattr(remembered, "LONG_SECONDS", -1)
    monkeypatch.setattr(board, "_KEPT_WHILE_MOVING", 10**6)
    board.board(at=timezone.now())
    with django_assert_num_queries(5):  # how many there are, this page of them, the pauses, the breakers, what is held
        board.board(at=timezone.now())
    board.forget()


def test_what_there_is_no_time_to_count_is_counted_at_the_next_look(lead, monkeypatch):
    announced()
    monkeypatch.setattr(board, "BUDGET_SECONDS", -1)
    page = get(lead, "board").text
    assert "Counting" in page
    assert "every 2s" in page


def test_a_stop_says_to_how_many_it_applies_before_it_does(lead):
    announced(mails=3, texts=1)
    page = get(lead, "pause", query={"channel": "email"}).text
    assert '<span class="big">3</span> wait now' in page
    assert "Pause all e-mail" in page
    assert not Pause.objects.exists()


def test_a_stop_is_shown_with_its_reason_until_it_is_released(lead):
    announcement = announced()
    post(lead, "pause", query={"announcement": announcement.public_id}, data={"reason": "Sends twice."})
    pause = Pause.objects.get()
    assert (pause.announcement, pause.channel) == (announcement, "")
    assert "Sends twice." in get(lead, "board").text
    assert '<span class="big">4</span> wait behind it' in get(lead, "release", pause.pk).text
    assert "Released" in post(lead, "release", pause.pk, follow=True).text
    assert "Sends twice." not in get(lead, "board").text
    assert "released it before" in post(lead, "release", pause.pk, follow=True).text
    assert "It was released" in get(lead, "release", pause.pk).text


def test_a_stop_without_a_reason_is_refused_beside_the_field(lead):
    answer = post(lead, "pause", data={"reason": ""})
    assert answer.status_code == 422
    assert "Say in a few words why" in answer.text
    assert not Pause.objects.exists()


def test_a_stop_of_what_does_not_exist_is_not_found(lead):
    assert get(lead, "pause", query={"announcement": "nowhere\0"}).status_code == 404


def test_failures_are_listed_with_their_reason_and_narrowed_by_the_address_bar(lead):
    one, two = announced(), announced(mails=0, texts=0)
    fail(one)
    fail(one, cause="given_up", reason="451 Later", number=2)
    fail(two, state=DeliveryState.BOUNCED, reason="Mailbox gone")
    page = get(lead, "failures").text
    assert "Try these 4 again" in page
    assert "<strong>2</strong> Failed: Given up: 451 Later" in page
    put_off = {"announcement": one.public_id, "state": "failed", "cause": "given_up", "reason": "451 Later"}
    narrowed = get(lead, "failures", query=put_off).text
    assert "Try these 2 again" in narrowed
    assert re.search(r'aria-current="true">\s*<strong>2</strong> Failed: Given up: 451 Later', narrowed)
    assert "Try these 2 again" in get(lead, "failures", query={"cause": "given_up"}).text
    assert "Try these 4 again" in get(lead, "failures", query={"cause": "no such cause"}).text
    assert "Try this one again" in get(lead, "failures", query={"state": "bounced"}).text
    assert "Nobody." in get(lead, "failures", query={"channel": "sms"}).text
    assert "Try these 4 again" in get(lead, "failures", query={"state": "sent", "channel": "\0"}).text


def test_one_reason_is_one_though_the_relay_names_each_address_in_it(lead):
    announcement = announced(mails=3)
    for row in announcement.deliveries.filter(channel="email").select_related("subscriber")[:2]:
        said = f"550 5.1.1 <{row.subscriber.address}>: Recipient address rejected"
        Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.FAILED, reason=said)
    page = get(lead, "failures").text
    assert "<strong>2</strong> Failed: 550 5.1.1 &lt;…&gt;: Recipient address rejected" in page
    chosen = {"state": "failed", "reason": "550 5.1.1 <…>: Recipient address rejected"}
    assert "Try these 2 again" in get(lead, "failures", query=chosen).text
    assert "2 queued again." in post(lead, "retry", query=chosen, follow=True).text


def test_retry_says_what_it_will_do_and_what_not_before_it_does(lead):
    one, two = announced(), announced(mails=0, texts=0)
    fail(one, state=DeliveryState.UNKNOWN, number=2)
    fail(two)
    recalling.recall(announcement=two, reason="Wrong.", by=None, at=timezone.now())
    page = get(lead, "retry").text
    assert "Try 2 again" in page
    assert "2 of these may have arrived" in page
    assert "1 stays as it is: its announcement was recalled" in page
    answer = post(lead, "retry", follow=True).text
    assert "2 queued again." in answer
    assert "1 left as they are: its announcement was recalled." in answer


def test_what_is_too_old_to_retry_says_so(lead):
    fail(announced())
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert "Nothing of this can be tried again." in get(lead, "retry").text
    assert "older than a day" in post(lead, "retry", follow=True).text


def test_reach_says_what_a_recall_would_still_prevent(lead):
    announcement = announced(mails=3, texts=1)
    announcement.deliveries.filter(channel="sms").update(state=DeliveryState.SENT)
    for headers in ({}, HTMX):
        page = " ".join(get(lead, "reach", announcement.public_id, headers=headers).text.split())
        assert 'keeps it from <span class="big">3</span> people. <strong>1</strong> has it already.' in page


def test_a_provider_that_is_left_alone_says_so_until_somebody_has_it_tried(lead):
    announced()
    breakers.trip("sms", "503 Service <Unavailable>")
    page = get(lead, "board").text
    assert "<strong>SMS is down:</strong> 503 Service &lt;Unavailable&gt;" in page
    assert "Nothing is lost" in page
    assert "1 look failed" in page
    assert "Provider down" in page
    answer = post(lead, "try-provider", "sms", follow=True).text
    assert "tried again now" in answer
    assert "tried again with what goes out next" in answer
    assert breakers.failures("sms") == 1
    assert AuditEvent.objects.get(action="tried provider now").by is not None
    assert "nobody leaves it alone now" in post(lead, "try-provider", "sms", follow=True).text
    assert post(lead, "try-provider", "pigeon").status_code == 404
    assert get(lead, "try-provider", "sms").status_code == 405


def test_only_who_may_stop_has_a_provider_tried(support, clerk):
    breakers.trip("sms", "down")
    for client in (support, clerk):
        assert post(client, "try-provider", "sms").status_code == 403
    assert Breaker.objects.open().exists()


def test_support_and_clerks_are_kept_out(support, clerk):
    announcement = announced()
    pause = pauses.pause(reason="Twice.", by=None, at=timezone.now())
    for client in (support, clerk):
        for name, args in (("board", []), ("pause", []), ("failures", []), ("retry", []), ("release", [pause.pk])):
            assert get(client, name, *args).status_code == 403, name
        assert get(client, "reach", announcement.public_id).status_code == 403
        assert post(client, "release", pause.pk).status_code == 403
    assert Pause.objects.open().exists()


def test_the_front_page_of_the_admin_leads_to_the_board(lead, support):
    address = reverse("deliveries:board")
    assert address in lead.get("/admin/").text
    assert address in lead.get(reverse("console:board")).text
    assert address not in support.get("/admin/").text


def test_a_stopped_channel_is_not_offered_to_be_stopped_again(lead):
    announced()
    again = reverse("deliveries:pause", query={"channel": "sms"})
    assert f'href="{again}"' in get(lead, "board").text
    pauses.pause(reason="Twice.", by=None, at=timezone.now(), channel="sms")
    page = get(lead, "board").text
    assert f'href="{again}"' not in page
    assert "Paused: all SMS." in page


def test_a_provider_that_refuses_us_says_so_first_and_what_to_do(lead):
    announced()
    breakers.trip("email", "553 5.1.8 Domain of sender address does not exist", is_refusal=True)
    said = "<strong>E-mail is refused by the relay:</strong> 553 5.1.8 Domain of sender address does not exist"
    for page in (get(lead, "board").text, get(lead, "blockers", headers=HTMX).text):
        assert said in page
        assert "Mend what it names" in page


def test_the_front_page_says_in_words_what_failed_for_good_of_what_is_open(lead):
    first, second = announced(), announced()
    assert get(lead, "blockers", headers=HTMX).text.strip() == ""
    fail(first)
    fail(first, state=DeliveryState.UNKNOWN)
    said = get(lead, "blockers", headers=HTMX).text
    assert "<strong>1 could not be reached, 1 may not have arrived</strong> with a notice of what is open now" in said
    assert f'href="{reverse("deliveries:failures")}?announcement={first.public_id}"' in said
    fail(second, state=DeliveryState.BOUNCED)
    said = get(lead, "blockers", headers=HTMX).text
    assert "<strong>2 could not be reached, 1 may not have arrived</strong>" in said
    assert f'href="{reverse("deliveries:failures")}"' in said
    Incident.objects.update(status="resolved", resolved_at=timezone.now())
    assert get(lead, "blockers", headers=HTMX).text.strip() == ""


def test_the_front_page_and_the_incident_board_fetch_what_holds_notices_back(lead):
    address = reverse("deliveries:blockers")
    for page in ("admin:index", "console:board"):
        assert f'hx-get="{address}"' in lead.get(reverse(page)).text
    assert get(lead, "blockers", headers=HTMX).text.strip() == ""
    pauses.pause(channel="sms", reason="A wrong list", by=None, at=timezone.now())
    breakers.trip("email", "Connection refused")
    shown = get(lead, "blockers", headers=HTMX).text
    assert "Paused: all SMS." in shown
    assert "<strong>E-mail is down:</strong> Connection refused" in shown
    assert get(lead, "blockers").url == reverse("deliveries:board")
