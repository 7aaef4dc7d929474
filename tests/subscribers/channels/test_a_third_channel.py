"""A channel is one folder and one line: with these two a third one is offered, asked for, counted, sent and shown."""

import sys
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO, StringIO
from pathlib import Path
from types import ModuleType

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains

from incidents.enums import ComponentStatus, Severity
from statuspage import celery
from subscribers import addresses, channels, offering
from subscribers.channels import registry
from subscribers.delivery import drain, throttle
from subscribers.enums import Channel
from subscribers.models import Confirmation, Delivery, Pause, Subscriber
from subscribers.people import importing
from subscribers.people.forms import SubscribeForm
from tests.deliveries import announced, the_machine_dies, time_passes
from tests.factories import a_subscriber

pytestmark = pytest.mark.django_db
FOLDERS = Path(__file__).parent / "third"


@pytest.fixture
def toy(settings, monkeypatch) -> Iterator[ModuleType]:
    """Its transport. The folder lies beside those of the other channels, the line stands in `Channel`."""
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(FOLDERS)])
    settings.TOY_URL, settings.TOY_RATE = "toy://box", 0.0
    a_line("TOY", "toy", "Toy", monkeypatch)
    yield import_module("subscribers.channels.toy.transport")
    registry.of.cache_clear()
    for name in [name for name in sys.modules if name.startswith("subscribers.channels.toy")]:
        del sys.modules[name]


def a_line(name: str, value: str, label: str, monkeypatch) -> None:
    """As if `name = "value", "label"` stood in Channel: a finished enum has no way of its own to be added to."""
    member = str.__new__(Channel, value)
    member._name_, member._value_, member._label_, member._sort_order_ = name, value, label, len(Channel)
    monkeypatch.setitem(Channel._member_map_, name, member)
    monkeypatch.setitem(Channel._value2member_map_, value, member)
    monkeypatch.setattr(Channel, "_member_names_", [*Channel._member_names_, name])


def test_it_is_offered_has_a_queue_and_its_settings_are_checked(toy, settings):
    assert "toy" in offering.offered()
    assert "toy" in celery.queues()
    settings.TOY_URL, settings.EMAIL_URL = "outbox:", "smtp://127.0.0.1"
    assert "toy" not in offering.offered()
    assert "Toy is not offered and reaches nobody: no toy box is set up (TOY_URL is outbox:)." in offering.warnings()
    assert [one for one in run_checks(include_deployment_checks=True) if "Toy is not offered" in one.msg]


def test_its_notices_go_out_once_at_their_rate_and_are_shown(toy, settings, lead):
    settings.TOY_RATE = 7.0
    announced("#ada", "#bob", channel="toy", title="Card payments fail")
    assert throttle.of(Channel("toy")).rate == 7
    assert drain.due_channels() == ["toy"]
    board = lead.get(reverse("deliveries:board"))
    assertContains(board, '<span class="big">2</span> Toy waiting')
    assertContains(board, f"{reverse('deliveries:pause')}?channel=toy")
    assert drain.drain(Channel("toy")) == 2
    assert sorted(toy.taken) == [(name, "Investigating: Card payments fail") for name in ("#ada", "#bob")]
    assert set(Delivery.objects.values_list("state", "reason")) == {("sent", "")}
    assert drain.drain(Channel("toy")) == 0
    assertContains(lead.get(reverse("deliveries:board")), '<th scope="row">Toy ')
    assert "Every promise is kept" in audited()


def audited() -> str:
    said = StringIO()
    call_command("audit_deliveries", stdout=said)
    return said.getvalue()


@pytest.mark.parametrize(("severity", "copies"), [(Severity.P1, 2), (Severity.P3, 1)])
def test_where_a_copy_costs_one_it_goes_again_once_and_only_if_urgent(toy, severity, copies):
    announced("#ada", channel="toy", severity=severity)
    toy.answers.extend([True, True, True])
    for _ in range(4):
        time_passes()
        drain.drain(Channel("toy"))
    assert len(toy.taken) == copies
    assert list(Delivery.objects.values_list("state", flat=True)) == ["unknown"]


def test_what_a_dead_machine_held_is_in_doubt(toy):
    announced("#ada", channel="toy", severity=Severity.P1)
    the_machine_dies(channel="toy")
    time_passes()
    drain.drain(Channel("toy"))
    assert [name for name, _ in toy.taken] == ["#ada"]
    assert list(Delivery.objects.values_list("state", "possibly_doubled")) == [("sent", True)]


def test_the_preview_counts_its_readers_and_shows_what_they_read(toy, lead, payments):
    a_subscriber("#ada", channel="toy")
    fields = {"title": "Card payments fail", "body": "Some.", "status": "investigating"}
    affecting = {f"component-{payments.public_id}": ComponentStatus.PARTIAL_OUTAGE}
    answer = lead.post(reverse("preview:audience"), fields | affecting, headers={"HX-Request": "true"})
    assertContains(answer, "1 by toy")
    assertContains(answer, "Investigating: Card payments fail")


def test_a_pause_names_it(toy):
    assert Pause(channel="toy").scope == "all toy"


def test_somebody_signs_up_for_it(toy, client):
    assertContains(client.get(reverse("subscribers:subscribe")), "Your #name")
    fields = {"channel": "toy", "toy": "#Ada", "toy_pace": "", "scope": "everything"}
    answer = client.post(reverse("subscribers:subscribe"), fields)
    assert answer.url == reverse("subscribers:sent", args=["toy"])
    assert Confirmation.objects.get().subscriber.address == "#ada"
    drain.drain(Channel("toy"))
    assert toy.taken == [("#ada", "Is it you?")]


def test_a_wrong_choice_names_all_that_are_offered(toy, settings):
    settings.EMAIL_URL, settings.SMS_URL = "smtp://127.0.0.1", "http://u:p@127.0.0.1/?from=A"
    assert SubscribeForm({"channel": "x"}).errors["channel"] == ["Choose e-mail, SMS or toy."]
    settings.EMAIL_URL = settings.SMS_URL = "outbox:"
    only = "E-mail is not offered here. SMS is not offered here. Write your #name, and we use that."
    assert SubscribeForm({"channel": "x"}).errors["channel"] == [only]


def test_its_addresses_are_recognised_and_imported(toy):
    assert addresses.normalise("toy:#Ada") == ("toy", "#ada")
    with pytest.raises(addresses.ValidationError, match="Write an e-mail address, a phone number or a #name"):
        addresses.normalise("?")
    file = BytesIO(b"channel,address,components,confirmed_at,consent\ntoy,#Ada,,2026-01-01T00:00:00Z,\n")
    at = timezone.now()
    importing.import_subscribers(
        file=file, name="them", by=None, at=at, tally=importing.Tally(), on_refused=lambda *line: pytest.fail(str(line))
    )
    assert Subscriber.objects.filter(channel="toy", address="#ada", every_update=True).exists()
