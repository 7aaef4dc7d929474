"""The public doors: what a customer's browser, a feed reader and a cache in between get."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import feedparser
import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.actions import publishing, scheduling
from incidents.enums import ComponentStatus
from incidents.models import ComponentGroup
from incidents.page import history
from tests.factories import a_component, a_user, an_open_incident

pytestmark = pytest.mark.django_db


def every_address(incident):
    return [
        reverse("page"),
        incident.get_absolute_url(),
        *(reverse("component", args=[component.public_id]) for component in incident.components.filter(is_public=True)),
        reverse("history"),
        reverse("history-month", args=[timezone.now().date().replace(day=1)]),
        reverse("history-rss"),
        reverse("history-atom"),
    ]


@pytest.fixture
def incident():
    return an_open_incident(a_component("Payments"), title="Card payments fail").incident


def text(client, path="/"):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


class Outline(HTMLParser):
    """Ids, headings and landmarks in the order of the page."""

    def __init__(self, html):
        super().__init__()
        self.ids, self.tags, self.attributes = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id"]


def test_every_public_answer_may_be_cached_and_knows_no_reader(client, incident):
    client.force_login(a_user("lead"))
    for path in every_address(incident):
        response = client.get(path)
        assert response.status_code == 200
        assert response["Cache-Control"] == "public, max-age=10, stale-while-revalidate=60, stale-if-error=86400"
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")


def test_an_unchanged_answer_is_not_sent_again(client, incident, time_machine):
    time_machine.move_to(timezone.now().replace(second=20), tick=False)
    for path in every_address(incident):
        etag = client.get(path)["ETag"]
        again = client.get(path, headers={"if-none-match": etag})
        assert (again.status_code, again.content) == (304, b"")
        assert again["Cache-Control"].startswith("public")
        assert client.head(path)["ETag"] == etag


def test_only_reading_is_allowed(client, incident):
    for path in every_address(incident):
        for method in (client.post, client.put, client.delete, client.patch):
            response = method(path)
            assert response.status_code == 405
            assert response["Allow"] == "GET, HEAD"
            assert "This address cannot be used in that way" in response.content.decode()


def test_what_is_hidden_is_in_no_public_answer(client):
    hidden = a_component("CANARY component", is_public=False, description="CANARY")
    shown = an_open_incident(a_component(), hidden).incident
    secret = an_open_incident(a_component(), title="CANARY incident", is_public=False).incident
    for path in every_address(shown):
        assert "CANARY" not in text(client, path)
    answer = client.get(secret.get_absolute_url())
    assert answer.status_code == 404
    assert "CANARY" not in answer.content.decode()


def test_the_page_is_complete_without_a_script(client, incident):
    publishing.post_update(
        incident=incident, status="mitigating", body="We found the *cause*.", by=None, at=timezone.now()
    )
    html = text(client)
    assert "<h1" in html
    assert "Payments is partly down." in html
    assert "We found the <em>cause</em>." in html
    assert "Some card payments fail. We are looking into it." in html
    assert f'href="{incident.get_absolute_url()}"' in html


def test_nothing_inline_that_the_policy_would_refuse(client, incident):
    for path in every_address(incident)[:5]:
        outline = Outline(text(client, path))
        names = {name for name, _ in outline.attributes}
        assert outline.tags.count("style") == 1
        assert not {name for name in names if name in ("style", "hx-on") or name.startswith(("on", "hx-on:"))}
        assert len(outline.ids) == len(set(outline.ids))


def test_the_title_and_the_mark_of_the_tab_tell_the_state(client):
    component = a_component("Payments")
    assert "<title>Everything works · Status</title>" in text(client)
    assert "/static/img/state-operational.svg" in text(client)
    an_open_incident(component, status=ComponentStatus.MAJOR_OUTAGE)
    assert "<title>Payments is down · Status</title>" in text(client)
    assert "/static/img/state-major_outage.svg" in text(client)


def test_a_group_in_trouble_opens_itself_and_a_fine_one_is_one_line(client):
    payments, shop = (ComponentGroup.objects.create(name=name) for name in ("Payments", "Shop"))
    cards = a_component("Cards", group=payments)
    a_component("Debit", group=payments)
    a_component("Cart", group=shop)
    an_open_incident(cards)
    html = text(client)
    assert f'id="group-{payments.public_id}" open' in html
    assert f'id="group-{shop.public_id}">' in html
    assert "1 of 2 not fully working" in html


def test_a_quiet_page_shows_the_days_of_each_group_without_a_click(client):
    for name in ("Shop", "Bank"):
        group = ComponentGroup.objects.create(name=name)
        a_component(f"{name} one", group=group, start_date=timezone.now().date() - timedelta(days=200))
    summaries = re.findall(r"<summary>.*?</summary>", text(client), re.DOTALL)
    assert [summary.count('<path d="M0 10h90"/>') for summary in summaries] == [1, 1]


def test_of_what_is_planned_the_next_one_is_seen_and_the_rest_folds(client):
    now = timezone.now()
    for days in (5, 2, 9):
        start = now + timedelta(days=days)
        window = {"scheduled_for": start, "scheduled_until": start + timedelta(hours=1)}
        scheduling.schedule_maintenance(
            title=f"Upgrade {days}", body="We upgrade.", components=[], by=None, at=now, **window
        )
    seen, folded = text(client).split('id="plans"')
    assert "Upgrade 2" in seen
    assert "Upgrade 5" not in seen
    assert (
        folded.index("2 more") < folded.index("Upgrade 5") < folded.index("Upgrade 9") < folded.index("</details>\n<p")
    )


def test_a_promise_that_was_not_kept_is_said(client, time_machine):
    noon = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    an_open_incident(a_component(), at=noon, next_update_at=noon + timedelta(minutes=30))
    time_machine.move_to(noon + timedelta(minutes=18), tick=False)
    assert ">12:30 UTC</time></strong> (" in text(client)
    assert ">in 12 min<" in text(client)
    time_machine.move_to(noon + timedelta(minutes=34), tick=False)
    assert "We owe you an update: it was due by" in text(client)
    assert ">4 min ago<" in text(client)


def test_an_incident_has_an_address_for_itself_and_for_each_update(client, incident):
    update = publishing.post_update(
        incident=incident, status="resolved", body="It is over.", by=None, at=timezone.now() + timedelta(minutes=30)
    )
    html = text(client, incident.get_absolute_url())
    assert f'id="update-{update.public_id}"' in html
    assert f'href="{incident.get_absolute_url()}#update-{update.public_id}"' in html
    assert "<title>Resolved: Card payments fail · Status</title>" in html
    assert "hx-get" not in html, "what is over needs no fresh copy"
    assert "state-operational.svg" in html, "nor does it alarm anybody"


def test_titles_and_names_are_text(client):
    an_open_incident(a_component("<b>bold</b>"), title="</title><script>alert(1)</script>")
    html = text(client)
    assert "<script>alert" not in html
    assert "<b>bold" not in html


@pytest.mark.parametrize("month", ["2026-13", "0000-01", "2026-1", "9999-12", "20261-01"])
def test_a_month_that_is_none_is_not_found(client, month):
    assert client.get(f"/history/{month}/").status_code == 404


def test_the_parts_of_a_crowded_month_lead_to_each_other(client, monkeypatch):
    monkeypatch.setattr(history, "PER_PART", 1)
    for number in range(2):
        an_open_incident(title=f"Number {number}", at=timezone.now() - timedelta(seconds=number))
    month = f"/history/{timezone.now():%Y-%m}/"
    newest, oldest = text(client, month), text(client, f"{month}2/")
    assert f'href="{month}2/">Earlier in' in newest
    assert f'href="{month}">Later in' in oldest
    assert ("Number 0" in newest, "Number 1" in newest) == (True, False)
    assert "part 2 of 2" in oldest
    for nowhere in ("1", "3", "02", "0", "99999"):
        assert client.get(f"{month}{nowhere}/").status_code == 404


def test_a_quiet_month_says_so(client):
    """One after the first that anything was said in: before it there is nothing."""
    incident = an_open_incident(a_component()).incident
    incident.started_at = incident.started_at.replace(year=2019, month=1)
    incident.save()
    assert "No incidents" in text(client, "/history/2019-02/")
    assert client.get("/history/2018-12/").status_code == 404


@pytest.mark.parametrize("place", ["", "component-"])
def test_the_page_offers_the_feed_of_every_update_first(client, incident, place):
    component = incident.components.first()
    html = client.get(reverse("component", args=[component.public_id]) if place else "/").content.decode()
    address = reverse(f"{place}updates-atom", args=[component.public_id] if place else [])
    assert address in html
    footer = html[html.index("<footer") :]
    assert [reverse(f"updates-{kind}") in footer for kind in ("atom", "rss", "json")] == [True] * 3
    alternates = re.findall(r'<link rel="alternate" type="([^"]*)"[^>]*href="([^"]*)"', html)
    for kind in ("atom+xml", "rss+xml", "feed+json"):
        first = next(href for type_, href in alternates if type_ == f"application/{kind}")
        assert "/updates." in first


@pytest.mark.parametrize(
    ("name", "kind"),
    [("history-rss", "rss20"), ("history-atom", "atom10"), ("updates-rss", "rss20"), ("updates-atom", "atom10")],
)
def test_the_feeds_are_what_they_say(client, incident, name, kind):
    response = client.get(reverse(name))
    feed = feedparser.parse(response.content, response_headers={"content-type": response["Content-Type"]})
    assert (feed.bozo, feed.version) == (False, kind)


def test_unknown_queries_change_nothing(client, incident, time_machine):
    time_machine.move_to(timezone.now().replace(second=20), tick=False)
    assert text(client, "/") == text(client, "/?utm_source=x&lang=de")


def test_an_incident_whose_clock_ran_backwards_still_has_a_page(client):
    """Two machines whose clocks differ: it ended before it began, and how long it lasted is not known."""
    now = timezone.now()
    incident = an_open_incident(at=now).incident
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=now - timedelta(minutes=5))
    page = client.get(incident.get_absolute_url())
    assert page.status_code == 200
    assert "lasted" not in page.content.decode()
