import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from incidents.actions import templates
from incidents.admin import bounded
from incidents.models import AuditEvent, Component, ComponentGroup, Incident, IncidentTemplate, Maintenance, Site
from statuspage.accounts.roles import LEAD, SUPPORT
from statuspage.demo import seeding
from tests.factories import a_component, a_user, an_open_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_admin(client):
    client.force_login(User.objects.create_superuser("head"))
    return client


@pytest.fixture
def as_lead(client):
    lead = a_user("lead")
    lead.groups.add(Group.objects.get(name=LEAD))
    client.force_login(lead)
    return client


@pytest.fixture
def as_support(client):
    support = a_user("support")
    support.groups.add(Group.objects.get(name=SUPPORT))
    client.force_login(support)
    return client


def url(model, page="changelist", *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def run(client, model, action, *objects):
    data = {"action": action, "_selected_action": [thing.pk for thing in objects]}
    return client.post(url(model), data, follow=True)


def forms_of(client, address) -> dict:
    """What a browser would send back from this page's form, nothing changed."""
    context = client.get(address).context
    data = {}
    for form in [context["adminform"].form, *_forms(context["inline_admin_formsets"])]:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                data[field.html_name] = value
    return data


def _forms(inlines):
    for inline in inlines:
        yield inline.formset.management_form
        yield from inline.formset.forms


class TestWithEverythingInIt(TestCase):
    """Seeded once for all that only look."""

    @classmethod
    def setUpTestData(cls):
        seeding.seed(password="x", at=timezone.now())

    def setUp(self):
        self.client.force_login(User.objects.get(username="admin"))

    def get(self, address, **query):
        return self.client.get(address, query, follow=True)

    def test_every_list_form_and_history_opens_and_answers_a_search(self):
        for model, site in admin.site._registry.items():
            assert self.get(url(model)).status_code == 200, model
            assert self.get(url(model), **({"q": "card"} if site.search_fields else {})).status_code == 200, model
            newest = model._default_manager.order_by("pk").last()
            for page in ("change", "history") if newest else ():
                opened = self.get(url(model, page, newest.pk))
                assert (opened.status_code, opened.redirect_chain) == (200, []), (model, page)
            if site.has_add_permission(opened.wsgi_request):
                assert self.get(url(model, "add")).status_code == 200, model

    def test_every_filter_of_every_list_works(self):
        for model in admin.site._registry:
            listing = self.get(url(model)).context.get("cl")
            for spec in listing.filter_specs if listing else ():
                for choice in spec.choices(listing):
                    assert self.get(url(model) + choice["query_string"]).status_code == 200, (model, choice)

    def test_the_lists_of_incidents_and_of_maintenances_are_apart(self):
        for model in (Incident, Maintenance):
            listed = self.get(url(model)).context["cl"].queryset
            assert {thing.kind for thing in listed} == {model._meta.model_name}


class TestComponents:
    def test_an_edit_moves_the_page_and_leaves_an_audit_event(self, as_admin):
        component, before = a_component("Search"), Site.load().page_version
        data = forms_of(as_admin, url(Component, "change", component.pk)) | {"name": "Find"}
        as_admin.post(url(Component, "change", component.pk), data)
        assert Component.objects.get().name == "Find"
        assert Site.load().page_version == before + 1
        assert AuditEvent.objects.get().by_name == "head"

    def test_an_own_status_set_in_the_list_is_the_state_at_once(self, as_admin):
        component = a_component()
        run(as_admin, Component, "set_partial_outage", component)
        component.refresh_from_db()
        assert (component.own_status, component.status) == ("partial_outage", "partial_outage")

    def test_making_private_and_showing_again_moves_the_page_each_time(self, as_admin):
        component, before = a_component(), Site.load().page_version
        run(as_admin, Component, "make_private", component)
        assert not Component.objects.public().exists()
        run(as_admin, Component, "show", component)
        assert Component.objects.public().exists()
        assert Site.load().page_version == before + 2

    def test_two_of_one_name_in_a_group_are_refused_beside_the_form(self, as_admin):
        a_component("Search")
        answer = as_admin.post(url(Component, "add"), {"name": "Search", "position": 0, "own_status": "operational"})
        assert answer.status_code == 200
        assert b"Another component without a group has this name." in answer.content
        assert Component.objects.count() == 1


class TestTheSite:
    def test_its_list_is_its_form_and_it_cannot_be_added_or_deleted(self, as_admin):
        opened = as_admin.get(url(Site), follow=True)
        assert opened.redirect_chain[-1][0] == url(Site, "change", 1)
        assert as_admin.get(url(Site, "add")).status_code == 403
        assert as_admin.post(url(Site, "delete", 1), {"post": "yes"}).status_code == 403

    def test_a_change_moves_the_page(self, as_admin):
        before = Site.load().page_version
        as_admin.post(url(Site, "change", 1), {"name": "Larkfield", "time_zone": "Europe/Berlin", "language": "en"})
        site = Site.load()
        assert (site.name, site.time_zone, site.page_version) == ("Larkfield", "Europe/Berlin", before + 1)


class TestTemplates:
    @pytest.fixture
    def template(self):
        template = IncidentTemplate.objects.create(name="Payments", title="Payments fail")
        template.steps.create(status="investigating", body="{{what_we_know}}")
        return template

    def test_the_form_for_a_new_one_begins_with_the_three_steps(self, as_lead):
        steps = forms_of(as_lead, url(IncidentTemplate, "add"))
        assert [steps[f"steps-{number}-status"] for number in range(3)] == ["investigating", "mitigating", "resolved"]

    def test_steps_left_empty_are_left_out(self, as_lead):
        data = forms_of(as_lead, url(IncidentTemplate, "add"))
        data |= {"name": "Payments", "title": "Payments fail", "steps-0-body": "{{what_we_know}}"}
        as_lead.post(url(IncidentTemplate, "add"), data)
        assert [step.status for step in IncidentTemplate.objects.get().steps.all()] == ["investigating"]
        assert AuditEvent.objects.get().action == "added template"

    def test_a_blank_that_can_never_be_filled_is_named_beside_the_text(self, as_lead, template):
        address = url(IncidentTemplate, "change", template.pk)
        answer = as_lead.post(address, forms_of(as_lead, address) | {"steps-0-body": "{{user.password}} fails"})
        [errors] = [inline.formset.errors for inline in answer.context["inline_admin_formsets"]][:1]
        assert "There is no blank {{user.password}}." in errors[0]["body"][0]
        assert template.steps.get().body == "{{what_we_know}}"

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ("We write again by 06:45 UTC.", "by 06:45 UTC"),
            ("We write again by {{next_update_by}}.", ""),
            ("We write again in 30 minutes. At 04:10 UTC it began.", ""),
        ],
    )
    def test_words_that_promise_a_fixed_time_are_pointed_out(self, as_lead, template, words, said):
        address = url(IncidentTemplate, "change", template.pk)
        answer = as_lead.post(address, forms_of(as_lead, address) | {"steps-0-body": words}, follow=True)
        assert template.steps.get().body == words
        assert ("Write {{next_update_by}} instead." in answer.text) is bool(said)
        assert f"name the time “{said}”" in answer.text or not said

    def test_the_lead_cannot_approve(self, as_lead, template):
        run(as_lead, IncidentTemplate, "approve", template)
        assert not IncidentTemplate.objects.approved().exists()

    def test_who_may_approve_answers_for_the_words(self, as_admin, template):
        answer = run(as_admin, IncidentTemplate, "approve", template)
        assert IncidentTemplate.objects.approved().get().approved_by == "head"
        assert "you answer for its words" in answer.content.decode()

    def test_one_without_words_is_not_approved(self, as_admin):
        empty = IncidentTemplate.objects.create(name="Empty", title="Empty")
        answer = run(as_admin, IncidentTemplate, "approve", empty)
        assert "It has no text yet." in answer.content.decode()

    @pytest.mark.parametrize(
        ("change", "stays"),
        [({"steps-0-body": "Other words."}, False), ({"title": "Cards fail"}, False), ({"name": "Cards"}, True)],
    )
    def test_other_words_take_the_approval_away(self, as_lead, template, change, stays):
        templates.approve(template=template, by=a_user("head"), at=timezone.now())
        address = url(IncidentTemplate, "change", template.pk)
        answer = as_lead.post(address, forms_of(as_lead, address) | change, follow=True)
        assert answer.redirect_chain
        assert IncidentTemplate.objects.approved().exists() is stays
        assert ("has to be approved again" in answer.content.decode()) is not stays

    def test_saving_without_a_change_keeps_the_approval(self, as_lead, template):
        templates.approve(template=template, by=a_user("head"), at=timezone.now())
        address = url(IncidentTemplate, "change", template.pk)
        as_lead.post(address, forms_of(as_lead, address))
        assert IncidentTemplate.objects.approved().exists()


class TestIncidents:
    def test_the_lead_hides_one_and_shows_it_again(self, as_lead):
        incident = an_open_incident().incident
        run(as_lead, Incident, "hide", incident)
        assert not Incident.objects.public().exists()
        run(as_lead, Incident, "show", incident)
        assert Incident.objects.public().exists()
        done = AuditEvent.objects.filter(by_name="lead").order_by("pk")
        assert list(done.values_list("action", flat=True)) == ["hid", "showed"]

    def test_the_lead_reads_what_hiding_and_showing_made_of_the_components(self, as_lead):
        payments = a_component("Payments")
        incident = an_open_incident(payments).incident
        hidden = run(as_lead, Incident, "hide", incident).content.decode()
        assert "1 hidden." in hidden
        assert "Components now: Payments operational." in hidden
        shown = run(as_lead, Incident, "show", incident).content.decode()
        assert "Components now: Payments partial outage." in shown
        assert "No component changed its state." in run(as_lead, Incident, "show", incident).content.decode()

    def test_no_public_answer_shows_a_state_whose_reason_is_hidden(self, as_lead):
        payments = a_component("Payments")
        incident = an_open_incident(payments).incident
        run(as_lead, Incident, "hide", incident)
        answers = [as_lead.get(address) for address in ("/api/v2/summary.json", "/api/v2/components.json")]
        assert [row["status"] for answer in answers for row in answer.json()["components"]] == ["operational"] * 2
        assert answers[0].json()["status"]["indicator"] == "none"
        assert "Everything works." in as_lead.get("/").content.decode()
        badge = as_lead.get(reverse("component-badge", args=[payments.public_id])).content.decode()
        assert "operational" in badge.lower()

    def test_support_sees_incidents_and_can_neither_hide_nor_change_them(self, as_support):
        incident = an_open_incident().incident
        assert as_support.get(url(Incident, "change", incident.pk)).status_code == 200
        run(as_support, Incident, "hide", incident)
        assert Incident.objects.public().exists()
        assert as_support.post(url(Incident, "change", incident.pk), {"title": "Mine"}).status_code == 403

    def test_each_links_to_the_console(self, as_lead):
        incident = an_open_incident().incident
        link = reverse("console:incident", args=[incident.public_id])
        assert link in as_lead.get(url(Incident)).content.decode()
        assert link in as_lead.get(url(Incident, "change", incident.pk)).content.decode()


def test_nobody_edits_what_actions_keep(as_admin):
    incident = an_open_incident(a_component()).incident
    kept = [incident, incident.updates.get(), incident.announcements.get(), AuditEvent.objects.first()]
    for thing in kept:
        assert as_admin.post(url(type(thing), "change", thing.pk), {}).status_code == 403
        assert as_admin.post(url(type(thing), "delete", thing.pk), {"post": "yes"}).status_code == 403
        assert as_admin.post(url(type(thing), "add"), {}).status_code == 403


def test_what_is_edited_in_a_list_has_a_name(as_admin):
    a_component()
    ComponentGroup.objects.create(name="Payments")
    for model in (Component, ComponentGroup):
        assert 'aria-label="Position"' in as_admin.get(url(model)).text


def test_every_field_of_a_template_has_a_label(as_admin):
    answer = as_admin.get(url(IncidentTemplate, "add")).text
    assert 'for="id_affected-0-component"' in answer
    assert 'for="id_affected-0-status"' in answer
    assert "related-widget-wrapper-link" not in answer, "components have their own list"


@pytest.mark.parametrize(
    ("path", "prefix"),
    [
        ("/admin/incidents/incidenttemplate/add/", "steps"),
        ("/admin/incidents/incidenttemplate/add/", "affected"),
        ("/admin/incidents/component/", "form"),
        ("/admin/incidents/componentgroup/", "form"),
    ],
)
def test_no_request_makes_more_forms_than_a_page_holds(admin_client, path, prefix):
    """Each takes its time, and a request may claim any number of them."""
    a_component("Payments")
    claimed = {f"{prefix}-TOTAL_FORMS": "9" * 26, f"{prefix}-INITIAL_FORMS": "0", "_save": "Save"}
    page = admin_client.post(path, claimed)
    assert page.status_code == 200
    assert page.text.count(f'name="{prefix}-') <= 6 * bounded.MOST
