"""Deleting in the admin: what may go goes, what must stay says why, on its page, in its list and when it is asked."""

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from incidents.actions import catalogue
from incidents.models import AuditEvent, Component, ComponentGroup, IncidentTemplate, IncidentType, TemplateComponent
from subscribers.models import Subscription
from tests.factories import a_component, a_subscriber, a_user, an_open_incident

pytestmark = pytest.mark.django_db
HISTORY = "It is part of the history. Make it private instead."


def url(model, page, *args) -> str:
    return reverse(f"admin:incidents_{model._meta.model_name}_{page}", args=args)


def with_history() -> Component:
    component = a_component("With history")
    an_open_incident(component)
    return component


def with_readers() -> Component:
    component = a_component("With readers")
    for _ in range(3):
        Subscription.objects.create(subscriber=a_subscriber(everything=False), component=component)
    return component


def in_templates(*names) -> Component:
    component = a_component("In templates")
    for name in names:
        template = IncidentTemplate.objects.create(name=name, title="Cards fail")
        TemplateComponent.objects.create(template=template, component=component)
    return component


def with_members() -> ComponentGroup:
    group = ComponentGroup.objects.create(name="Payments")
    a_component(group=group)
    return group


def in_use() -> IncidentType:
    one = IncidentType.objects.create(name="Mail")
    an_open_incident(type=one)
    return one


KEPT = {
    "history": (with_history, HISTORY),
    "readers": (with_readers, "3 people wait for news of it. Make it private instead."),
    "a template": (
        lambda: in_templates("Cards"),
        "The template “Cards” names it. Take it out there first, or make it private instead.",
    ),
    "templates": (lambda: in_templates("Cards", "Bank"), "Templates name it: “Bank”, “Cards”. Take it out there first"),
    "use": (in_use, "In use: 1 incident of this type. Give it another name instead."),
    "members": (with_members, "It has components. Move them to another group first."),
}


@pytest.fixture(params=KEPT)
def kept(request, db):
    make, why = KEPT[request.param]
    return make(), why


def run_delete(client, model, *objects, confirmed=True):
    data = {"action": "delete_selected", "_selected_action": [thing.pk for thing in objects]}
    return client.post(url(model, "changelist"), data | ({"post": "yes"} if confirmed else {}), follow=True)


def test_the_page_of_what_must_stay_says_why_where_the_button_would_be(admin_client, kept):
    entry, why = kept
    page = admin_client.get(url(type(entry), "change", entry.pk)).text
    assert f"It cannot be deleted. {why}" in page
    assert 'class="deletelink"' not in page


def test_the_question_before_deleting_says_why_instead(admin_client, kept):
    entry, why = kept
    page = admin_client.get(url(type(entry), "delete", entry.pk))
    assert page.status_code == 200
    assert f"cannot be deleted. {why}" in page.text
    assert "permission" not in page.text
    assert 'name="post"' not in page.text


def test_a_delete_that_is_sent_all_the_same_is_refused_in_words(admin_client, kept):
    entry, why = kept
    page = admin_client.post(url(type(entry), "delete", entry.pk), {"post": "yes"}, follow=True)
    assert page.redirect_chain == [(url(type(entry), "change", entry.pk), 302)]
    assert f"“{entry}” stays. {why}" in page.text
    assert "was deleted successfully" not in page.text
    assert type(entry).objects.filter(pk=entry.pk).exists()
    assert not AuditEvent.objects.filter(action__startswith="deleted").exists()


def test_the_list_names_what_stays_before_it_asks_and_deletes_the_rest(admin_client, kept):
    entry, why = kept
    model = type(entry)
    free = [model.objects.create(name=name) for name in ("Free", "Free too")]
    page = run_delete(admin_client, model, entry, *free, confirmed=False).text
    assert "Are you sure" in page
    assert f"“<bdi>{entry}</bdi>”. {why}" in page
    assert f'name="_selected_action" value="{free[0].pk}"' in page
    assert f'name="_selected_action" value="{entry.pk}"' not in page
    page = run_delete(admin_client, model, entry, *free).text
    assert f"“{entry}” stays. {why}" in page
    assert "Successfully deleted 2" in page
    assert set(model.objects.filter(name__startswith="Free")) == set()
    assert model.objects.filter(pk=entry.pk).exists()
    assert AuditEvent.objects.filter(action__startswith="deleted").count() == 2


def test_the_list_asks_nothing_where_nothing_can_go(admin_client, kept):
    entry, why = kept
    page = run_delete(admin_client, type(entry), entry, confirmed=False).text
    assert f"“{entry}” stays. {why}" in page
    assert "Are you sure" not in page
    assert "Successfully" not in page


def test_what_somebody_begins_to_use_meanwhile_keeps_all_of_them(admin_client, monkeypatch):
    first, second = a_component("First"), a_component("Second")
    answers = {first.pk: iter(["", ""]), second.pk: iter(["", HISTORY])}
    monkeypatch.setattr(catalogue, "why_kept", lambda entry: next(answers[entry.pk]))
    page = run_delete(admin_client, Component, first, second).text
    assert f"Nothing was deleted: of one of them somebody has made use. {HISTORY}" in page
    assert "Successfully" not in page
    assert Component.objects.count() == 2
    assert not AuditEvent.objects.exists()


def test_what_nothing_depends_on_goes_from_its_page(admin_client):
    component = a_component()
    assert 'class="deletelink"' in admin_client.get(url(Component, "change", component.pk)).text
    page = admin_client.post(url(Component, "delete", component.pk), {"post": "yes"}, follow=True).text
    assert "was deleted successfully" in page
    assert not Component.objects.exists()
    assert AuditEvent.objects.get().action == "deleted component"


def test_whoever_may_not_delete_is_neither_told_nor_let(client):
    component = with_history()
    viewer = a_user("viewer")
    viewer.user_permissions.add(*_may("view_component", "change_component"))
    client.force_login(viewer)
    assert "cannot be deleted" not in client.get(url(Component, "change", component.pk)).text
    assert client.get(url(Component, "delete", component.pk)).status_code == 403
    assert client.post(url(Component, "delete", component.pk), {"post": "yes"}).status_code == 403


def _may(*names):
    return Permission.objects.filter(codename__in=names, content_type__app_label="incidents")


def test_no_template_loses_a_component_under_its_approved_words():
    component = in_templates("Cards")
    with pytest.raises(ValidationError, match="names it"):
        catalogue.delete_entry(entry=component, by=None, at=timezone.now())
    assert TemplateComponent.objects.exists()
