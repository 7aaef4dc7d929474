"""Nothing that axe finds against WCAG 2.2 AA, on each kind of page, light and dark, on a wide and a narrow screen."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.actions import publishing, scheduling
from incidents.enums import ComponentStatus
from incidents.models import ComponentGroup, Site
from statuspage.accounts.roles import LEAD, keep_roles
from subscribers import links
from tests.factories import a_component, a_subscriber, a_user, an_open_incident

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WCAG_22_AA = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
BODY = (
    "**Some** card payments fail.\n\n- Bank transfers work\n- See [our help](https://help.example/)\n\n> We are on it."
)
PAGES = [
    "page",
    "incident",
    "maintenance",
    "history",
    "search",
    "component",
    "subscribe",
    "manage",
    "nothing",
    "board",
    "compose",
]


@pytest.fixture
def calm(db):
    """All is well: one component of its own and a group, with a bad day a week ago."""
    Site.load()
    shop = ComponentGroup.objects.create(name="Shop")
    parts = [
        a_component(name, group=shop, description="What shoppers see.", start_date=timezone.now().date())
        for name in ("Cart", "Search")
    ]
    begin = timezone.now() - timedelta(days=7)
    past = an_open_incident(parts[0], status=ComponentStatus.MAJOR_OUTAGE, at=begin).incident
    publishing.post_update(incident=past, status="resolved", body=BODY, by=None, at=begin + timedelta(hours=1))
    return [*parts, a_component("Payments", start_date=begin.date() - timedelta(days=200))]


@pytest.fixture
def addresses(calm):
    """A bad day: an incident of each state, one of them overdue, a maintenance under way and one planned."""
    now = timezone.now()
    for part, status in zip(calm, ("major_outage", "degraded_performance", "partial_outage"), strict=True):
        opened = an_open_incident(
            part,
            status=ComponentStatus(status),
            body=BODY,
            at=now - timedelta(hours=2),
            next_update_at=now - timedelta(hours=1),
        ).incident
        publishing.post_update(incident=opened, status="mitigating", body=BODY, by=None, at=now - timedelta(minutes=90))
    planned = scheduling.schedule_maintenance(
        title="A new data centre",
        body=BODY,
        components=calm,
        by=None,
        at=now,
        scheduled_for=now + timedelta(days=2),
        scheduled_until=now + timedelta(days=2, hours=1),
    )
    return {
        "page": "/",
        "incident": opened.get_absolute_url(),
        "maintenance": getattr(planned, "incident", planned).get_absolute_url(),
        "history": "/history/",
        "search": f"{reverse('search')}?q=slow",
        "component": reverse("component", args=[calm[2].public_id]),
        "subscribe": reverse("subscribers:subscribe"),
        "manage": reverse("subscribers:manage", args=[links.subscription_token(a_subscriber())]),
        "nothing": "/nowhere/",
        "board": reverse("console:board"),
        "compose": reverse("console:incident", args=[opened.public_id]),
    }


@pytest.fixture
def tab(chromium, live_server):
    """A tab of a logged-in lead; the public pages do not know her."""
    keep_roles()  # a test with real transactions before this one emptied the tables
    lead, client = a_user(first_name="Ana"), Client()
    lead.groups.add(Group.objects.get(name=LEAD))
    client.force_login(lead)
    context = chromium.new_context(base_url=live_server.url)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    yield context.new_page()
    context.close()


def violations(tab, path: str) -> list[str]:
    """What axe finds at `path`, in each scheme and width."""
    found = []
    for scheme in ("light", "dark"):
        for width in (1280, 320):
            tab.set_viewport_size({"width": width, "height": 900})
            tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            tab.goto(path)
            tab.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
            found += [
                f"{scheme} {width} {violation['id']}: {node['html'][:160]} {node['failureSummary']}"
                for violation in Axe().run(tab, options=WCAG_22_AA).response["violations"]
                for node in violation["nodes"]
            ]
    return found


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(tab, addresses, name):
    assert violations(tab, addresses[name]) == []


def test_axe_finds_nothing_on_a_calm_page(tab, calm):
    assert violations(tab, "/") == []
