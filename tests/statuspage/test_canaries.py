"""S10: what is hidden appears in no answer to a stranger, nor in the answers kept on disk."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from incidents.actions import bulletins, catalogue, editing, publishing, scheduling
from incidents.models import Bulletin, Component, ComponentGroup, Incident, IncidentTemplate, IncidentType
from incidents.page import history
from subscribers.delivery import fanout
from subscribers.models import AffectedCustomer
from tests.factories import a_bulletin, a_component, a_subscriber, a_user, an_open_incident

from .access import ACCESS
from .canaries import canary, plant
from .test_access import URLS

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OPEN = [name for name, row in ACCESS.items() if "GET" in row["anonymous"] and name in URLS]
# Whoever holds the link is no stranger; a stranger has a wrong one.
WRONG = {"year": timezone.now().year, "token": "x:1:wrong", "month": NOW.date(), "part": 2, "channel": "email"}


@pytest.fixture
def house(monkeypatch):
    """Rows that are public beside rows that are not, tied together in every way that the program ties them."""
    monkeypatch.setattr(history, "PER_PART", 1)  # a second part of the month would hold what is hidden
    staff = a_user()
    secret = a_component(group=ComponentGroup.objects.create(name="Hidden group"))
    shown = a_component("Payments", group=ComponentGroup.objects.create(name="Money"))
    # The name that its updates freeze is a canary already.
    Component.objects.filter(pk=secret.pk).update(name=canary(), description=canary())
    secret.refresh_from_db()
    for is_public in (True, False):
        update = an_open_incident(shown, secret, is_public=is_public, by=staff, at=NOW - timedelta(hours=3))
        known = publishing.post_update(
            incident=update.incident, status="identified", body="We know.", by=staff, at=NOW - timedelta(hours=2)
        )
        editing.edit_words(update=known, body="We know it.", by=staff, at=NOW - timedelta(hours=1))
        a_maintenance(shown, secret, is_public=is_public, by=staff)
    incident = Incident.objects.get(is_public=True)
    incident.template = IncidentTemplate.objects.create(
        name="Template", title="Title", approved_at=NOW, approved_by="somebody"
    )
    incident.type = IncidentType.objects.first()
    incident.save()
    customer = a_subscriber()
    AffectedCustomer.objects.create(incident=incident, subscriber=customer, name="Fern")
    fanout.expand(incident.announcements.first())
    some_bulletins()
    Component.objects.filter(pk=secret.pk).update(is_public=False)
    frozen = {secret.name: "the frozen name", secret.description: "the description", secret.public_id: "its id"}
    return frozen | plant()


def some_bulletins() -> None:
    """One that holds, one that was withdrawn, one of a later day, and one that was withdrawn before its day."""
    _shown, withdrawn = a_bulletin(tell=True), a_bulletin(at=timezone.now() - timedelta(hours=1))
    tomorrow = timezone.now() + timedelta(days=1)
    _future, never = a_bulletin(from_at=tomorrow, tell=True), a_bulletin(from_at=tomorrow)
    for one in (withdrawn, never):
        bulletins.withdraw(bulletin=one, reason="It was wrong.", by=None, at=timezone.now())


def a_maintenance(*components, by, is_public):
    return scheduling.schedule_maintenance(
        title="Move",
        body="We move.",
        components=components,
        scheduled_for=NOW + timedelta(days=1),
        scheduled_until=NOW + timedelta(days=2),
        by=by,
        at=NOW,
        is_public=is_public,
    )


def addresses() -> list[str]:
    """Every address that a stranger may open, for all that is public, all that is hidden, and what never was."""
    found = ["/nowhere/", "/admin/", "/api/v2/nowhere.json", "/history/1999-01/"]
    for name in OPEN:
        (argument, *_) = URLS[name] or [""]
        if not argument:
            found.append(reverse(name))
        elif argument == "public_id":
            model = {"component": Component, "bulletin": Bulletin}.get(name.partition("-")[0], Incident)
            found += [reverse(name, args=[row.public_id]) for row in model._base_manager.all()]
        elif argument == "code":
            found += [reverse(name, args=[row.public_id[:8]]) for row in Incident.all_kinds.all()]
        elif argument in WRONG:
            found.append(reverse(name, args=[WRONG[argument] for argument in URLS[name]]))
    return found


def answer(edge, path) -> str:
    """Status, headers and body as one text, long lines of the calendar joined."""
    environ = RequestFactory().get(path, headers={"host": "status.example.test"}).environ
    seen = []
    body = b"".join(edge(environ, lambda *start: seen.extend(start)))
    return f"{seen}\n{body.decode()}".replace("\r\n ", "")


def singing(edge, words) -> list[str]:
    """Which of `words` is heard where; the identifier that an address holds may come back in it."""
    heard = []
    for path in addresses():
        text = answer(edge, path)
        heard += [f"{words[word]} at {path}" for word in words if word not in path and word in text]
    return heard + [f"{words[word]} on disk" for word in words if word.encode() in on_disk(edge)]


def on_disk(edge) -> bytes:
    return b"".join(file.read_bytes() for file in edge.cache.disk_store.directory.iterdir())


def test_every_kind_of_row_holds_canaries(house):
    assert len({place for place in house.values() if "." in place}) > 40


def test_no_canary_sings(edge_over_django, house):
    edge = edge_over_django
    edge.cache.look()
    assert singing(edge_over_django, house) == []
    assert len(edge.cache.last_good) > 20


def test_what_was_shown_and_is_hidden_now_is_gone_from_every_answer_and_from_the_disk(edge_over_django):
    edge = edge_over_django
    component = a_component(canary(), description=canary())
    update = an_open_incident(component, title=canary(), body=canary(), at=NOW)
    maintenance = a_maintenance(component, by=None, is_public=True).incident
    Incident.all_kinds.filter(pk=maintenance.pk).update(title=canary())
    maintenance.refresh_from_db()
    words = {
        component.name: "name",
        update.incident.title: "title",
        update.body: "body",
        maintenance.title: "maintenance",
    }
    edge.cache.look()
    heard = " ".join(singing(edge, words))
    assert all(place in heard for place in words.values())
    assert all(word.encode() in on_disk(edge) for word in words)
    for incident in (update.incident, maintenance):
        catalogue.set_visibility(incident=incident, is_public=False, by=None, at=NOW)
    component.is_public = False
    catalogue.save_entry(entry=component, changed=["is_public"], by=None, at=NOW)
    edge.cache.look()
    assert singing(edge, words) == []
    assert edge.cache.last_good
