from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import Site
from statuspage import __version__
from subscribers.delivery import breakers, fanout, pauses
from subscribers.enums import DeliveryState
from subscribers.models import Delivery
from tests.factories import a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db
TOKEN = "a-token-for-prometheus"


@pytest.fixture(autouse=True)
def _token(settings):
    settings.METRICS_TOKEN = TOKEN


def scrape(client) -> dict[str, float]:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_without_a_token_of_its_own_there_is_no_such_page(client, settings):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer \xe9"])
def test_a_wrong_token_is_refused_also_from_this_machine(client, given):
    answer = client.get("/metrics", headers={"Authorization": given})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert not answer.content


def test_deliveries_are_counted_by_channel_and_state(client):
    for channel in ("email", "email", "email", "sms"):
        a_subscriber(channel=channel)
    announcement = an_open_incident().announcement
    fanout.expand(announcement)
    sent = announcement.deliveries.filter(channel="email").first()
    Delivery.objects.filter(pk=sent.pk).update(
        state=DeliveryState.SENT, sent_at=announcement.created_at + timedelta(seconds=2), possibly_doubled=True
    )
    Delivery.objects.waiting().update(visible_at=timezone.now() - timedelta(minutes=5))
    found = scrape(client)
    assert found['statuspage_deliveries{channel="email",state="queued"}'] == 2
    assert found['statuspage_deliveries{channel="email",state="sent"}'] == 1
    assert found['statuspage_deliveries{channel="sms",state="queued"}'] == 1
    assert found["statuspage_deliveries_possibly_doubled"] == 1
    assert found["statuspage_publish_to_first_send_seconds"] == 2
    assert 300 <= found["statuspage_oldest_due_seconds"] < 400
    assert found["statuspage_page_version"] == Site.load().page_version


def test_the_pace_and_the_time_left_are_told_while_something_moves(client):
    for _ in range(30):
        a_subscriber()
    announcement = an_open_incident().announcement
    fanout.expand(announcement)
    assert 'statuspage_seconds_left{channel="email"}' not in scrape(client)
    sent = announcement.deliveries.order_by("pk").values("pk")[:20]
    Delivery.objects.filter(pk__in=sent).update(state=DeliveryState.SENT, sent_at=timezone.now() - timedelta(seconds=5))
    found = scrape(client)
    pace = found['statuspage_deliveries_per_second{channel="email"}']
    assert 0 < pace <= 4
    assert found['statuspage_seconds_left{channel="email"}'] == pytest.approx(10 / pace, abs=0.01)
    assert found['statuspage_deliveries_per_second{channel="sms"}'] == 0


def test_what_the_provider_put_off_is_counted_apart(client):
    for _ in range(3):
        a_subscriber()
    announcement = an_open_incident().announcement
    fanout.expand(announcement)
    tried = announcement.deliveries.first()
    Delivery.objects.filter(pk=tried.pk).update(cause="told_to_wait", reason="429: Too many")
    found = scrape(client)
    assert found['statuspage_deliveries{channel="email",state="queued"}'] == 2
    assert found['statuspage_deliveries{channel="email",state="deferred"}'] == 1


def test_a_stop_is_counted_and_what_it_holds_is_not_late(client):
    a_subscriber()
    fanout.expand(an_open_incident().announcement)
    pauses.pause(reason="Twice.", by=None, at=timezone.now())
    found = scrape(client)
    assert (found["statuspage_pauses"], found["statuspage_oldest_due_seconds"]) == (1, 0)


def test_each_figure_says_what_it_is_once(client):
    a_subscriber()
    a_subscriber(channel="sms")
    fanout.expand(an_open_incident().announcement)
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    helps = [line.split()[2] for line in text.splitlines() if line.startswith("# HELP")]
    assert len(helps) == len(set(helps)) >= 5


def test_a_provider_that_is_down_shows_for_its_channel_alone(client):
    breakers.trip("sms", "503 Service Unavailable")
    found = scrape(client)
    assert found['statuspage_provider_down{channel="sms"}'] == 1
    assert found['statuspage_provider_down{channel="email"}'] == 0
    assert found['statuspage_provider_refuses{channel="sms"}'] == 0


def test_a_provider_that_refuses_us_can_be_told_from_one_that_is_silent(client):
    breakers.trip("email", "535 5.7.8 bad password for acme:hunter2", is_refusal=True)
    found = scrape(client)
    assert found['statuspage_provider_refuses{channel="email"}'] == 1
    assert found['statuspage_provider_down{channel="email"}'] == 1
    assert "hunter2" not in client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text


def test_what_is_older_than_a_day_is_not_counted_again(client):
    a_subscriber()
    announcement = an_open_incident().announcement
    fanout.expand(announcement)
    Delivery.objects.update(state=DeliveryState.SENT)
    type(announcement).objects.update(created_at=timezone.now() - timedelta(days=2))
    assert not [name for name in scrape(client) if name.startswith("statuspage_deliveries{")]


def test_the_version_that_runs_is_told(client):
    assert scrape(client)[f'statuspage_build_info{{version="{__version__}"}}'] == 1
