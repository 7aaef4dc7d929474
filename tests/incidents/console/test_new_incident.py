import pytest
from django.urls import reverse

from incidents.models import Announcement, Incident, IncidentTemplate, IncidentUpdate
from subscribers.models import Delivery
from tests.factories import a_component, a_subscriber
from tests.incidents.console.conftest import a_template, in_minutes

pytestmark = pytest.mark.django_db
WITHOUT = "?template=none"


@pytest.fixture
def payments():
    return a_component("Payments")


@pytest.fixture
def from_template(payments):
    return f"?template={a_template(components={payments: 'partial_outage'}).pk}"


def opened(lead, query=WITHOUT, **changes):
    return lead.compose("console:new-incident", query=query, **changes)


BLANKS = {"what_we_know": "One issuer is slow.", "what_we_are_doing": "We route around it."}


def test_only_approved_templates_are_offered(lead):
    a_template(approved=False)
    page = lead.get("console:new-incident").text
    assert "Cards" not in page
    assert "Start without a template" in page


def test_a_template_that_is_not_approved_leads_back_to_the_choice(lead):
    template = a_template(approved=False)
    for asked in (template.pk, 999_999, "x", 10**30):
        answer = lead.get("console:new-incident", query=f"?template={asked}", follow=True)
        assert answer.redirect_chain, asked
        assert "not approved" in answer.text


def test_a_template_fills_in_title_severity_components_and_text(lead, from_template, payments):
    values = lead.form("console:new-incident", query=from_template)
    assert values["title"] == "Card payments fail"
    assert values["severity"] == "P1"
    assert values["status"] == "investigating"
    assert values["body"].strip().startswith("Card payments fail. {{what_we_know}}")
    assert values[f"component-{payments.public_id}"] == "partial_outage"


def test_publishing_fills_the_blanks_and_returns_to_the_incident(lead, from_template, payments):
    answer = opened(lead, from_template, **BLANKS, next_update_at=in_minutes(30))
    update = IncidentUpdate.objects.get()
    assert answer["Location"] == reverse("console:incident", args=[update.incident.public_id])
    assert update.body.startswith("Card payments fail. One issuer is slow. We are on it: We route around it.")
    assert f"Next word by {update.next_update_at:%H:%M} UTC" in update.body
    assert (update.incident.severity, update.incident.impact) == ("P1", "critical")
    assert update.incident.created_by == lead.user
    payments.refresh_from_db()
    assert payments.status == "partial_outage"
    assert "Published." in lead.client.get(answer["Location"]).text


def test_a_blank_left_unfilled_is_refused_beside_its_field_and_all_is_kept(lead, from_template):
    answer = opened(lead, from_template, title="My own title", what_we_know="One issuer is slow.")
    assert answer.status_code == 422
    form = answer.context["form"]
    assert set(form.errors) == {"what_we_are_doing", "next_update_at"}
    assert "My own title" in answer.text
    assert "One issuer is slow." in answer.text
    assert not Incident.objects.exists()


def test_what_is_filled_in_is_taken_literally(lead, from_template):
    hostile = "<script>alert(1)</script> {% now 'Y' %} {{ 7|add:7 }} {title.__class__} \\1 \\g<0>"
    opened(lead, from_template, **BLANKS | {"what_we_know": hostile}, next_update_at=in_minutes(30))
    update = IncidentUpdate.objects.get()
    assert hostile in update.body
    assert "<script" not in update.body_html
    page = lead.get("console:incident", update.incident.public_id).text
    assert "<script>alert" not in page


@pytest.mark.parametrize("value", ["We know {{what_we_are_doing}}", "a\u202eb", "a\x0bb"])
def test_what_cannot_be_published_is_refused_in_the_blank_that_holds_it(lead, from_template, value):
    answer = opened(lead, from_template, **BLANKS | {"what_we_know": value}, next_update_at=in_minutes(30))
    assert list(answer.context["form"].errors) == ["what_we_know"]


def test_everything_wrong_is_said_at_once(lead):
    answer = opened(lead, title="a\u202eb", body="  ", severity="P9", impact="huge", next_update_at="soon")
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"title", "body", "severity", "impact", "next_update_at"}
    assert "soon" in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 256),
        ("body", "x" * 25_001),
        ("body", "[" * 5_000),
        ("body", "a\0b"),
        ("title", "a\0b"),
    ],
)
def test_bad_words_are_refused_and_come_back(lead, field, value):
    answer = opened(lead, **{"title": "Title", "body": "Words."} | {field: value})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert answer.context["form"][field].value() == value


def test_an_unknown_component_is_refused(lead, payments):
    answer = opened(lead, title="T", body="B", **{"component-000000000000": "major_outage"})
    assert "does not exist any more" in answer.text
    answer = opened(lead, title="T", body="B", **{f"component-{payments.public_id}": "on_fire"})
    assert "Choose a state from the list" in answer.text
    assert not Incident.objects.exists()


def test_a_promise_in_the_past_is_refused(lead):
    answer = opened(lead, title="T", body="B", next_update_at=in_minutes(-10))
    assert answer.context["form"].errors["next_update_at"] == ["This is past; choose a later time."]


@pytest.mark.parametrize("year", ["0001", "1999", "2100", "9999"])
def test_a_year_that_no_zone_can_reckon_with_is_refused(lead, year):
    answer = opened(lead, title="T", body="B", next_update_at=f"{year}-12-31T23:59")
    assert answer.context["form"].errors["next_update_at"] == [f"Check the year {int(year)}."]
    assert f"{year}-12-31T23:59" in answer.text


def test_severity_and_impact_are_two_lists_and_say_who_reads_them(lead):
    form = lead.get("console:new-incident", query=WITHOUT).context["form"]
    names = [label.split(" · ")[1] for _, label in form.fields["severity"].choices]
    assert names == ["critical", "major", "minor", "low"]
    assert [label for value, label in form.fields["impact"].choices if value] == ["None", "Minor", "Major", "Critical"]
    assert form["severity"].label == "Severity (inside)"
    assert form["impact"].label == "Impact (what the public reads)"


def test_impact_follows_severity_unless_it_is_chosen(lead):
    opened(lead, title="One", body="B", severity="P2")
    opened(lead, title="Two", body="B", severity="P2", impact="minor")
    assert dict(Incident.objects.values_list("title", "impact")) == {"One": "major", "Two": "minor"}


def test_a_new_incident_cannot_begin_as_resolved(lead):
    answer = opened(lead, title="T", body="B", status="resolved")
    assert "status" in answer.context["form"].errors


def test_the_same_form_sent_twice_publishes_once_and_leads_to_the_same_incident(lead):
    values = lead.form("console:new-incident", query=WITHOUT) | {"title": "T", "body": "B"}
    first, second = (lead.post("console:new-incident", values, query=WITHOUT) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Announcement.objects.count() == 1


def test_a_form_already_published_with_other_words_says_so_and_can_be_sent_as_new(lead):
    values = lead.form("console:new-incident", query=WITHOUT) | {"title": "T", "body": "B"}
    lead.post("console:new-incident", values, query=WITHOUT)
    answer = lead.post("console:new-incident", values | {"body": "Changed."}, query=WITHOUT)
    assert answer.status_code == 409
    assert "already published" in answer.text
    assert '<div class="prose" dir="auto"><p>B</p>' in answer.text
    assert "Changed." in answer.text
    assert Announcement.objects.count() == 1
    again = values | {"body": "Changed.", "request_key": answer.context["form"]["request_key"].value()}
    assert lead.post("console:new-incident", again, query=WITHOUT).status_code == 302
    assert Announcement.objects.count() == 2


def test_another_severity_under_the_same_key_is_not_dropped(lead):
    values = lead.form("console:new-incident", query=WITHOUT) | {"title": "T", "body": "B", "severity": "P3"}
    lead.post("console:new-incident", values, query=WITHOUT)
    answer = lead.post("console:new-incident", values | {"severity": "P1"}, query=WITHOUT)
    assert answer.status_code == 409
    assert answer.context["form"]["severity"].value() == "P1"


def test_publishing_writes_no_delivery_itself(lead):
    a_subscriber()
    opened(lead, title="T", body="B")
    assert Announcement.objects.count() == 1
    assert not Delivery.objects.exists()


def test_a_template_that_lost_its_approval_meanwhile_costs_nothing_typed(lead, from_template):
    values = lead.form("console:new-incident", query=from_template) | BLANKS | {"next_update_at": in_minutes(30)}
    IncidentTemplate.objects.update(approved_at=None, approved_by="")
    assert lead.post("console:new-incident", values, query=from_template).status_code == 302
    assert Incident.objects.get().template is None


def test_a_quick_choice_fills_the_promise_and_keeps_the_rest(lead, from_template):
    values = lead.form("console:new-incident", query=from_template) | {"title": "Mine", "assist": "60"}
    answer = lead.post("console:new-incident", values, query=from_template)
    form = answer.context["form"]
    assert answer.status_code == 200
    assert form["title"].value() == "Mine"
    assert 55 <= (form.typed("next_update_at") - form.at).total_seconds() / 60 <= 65
    assert not form.errors


def test_two_hundred_components_stay_one_folded_list(lead, django_assert_max_num_queries):
    for _ in range(200):
        a_component()
    with django_assert_max_num_queries(22):
        page = lead.get("console:new-incident", query=WITHOUT).text
    assert page.count('<select name="component-') == 200
    assert "data-picker-search" in page
    assert len(page) < 250_000


def test_an_internal_incident_is_opened_on_the_same_form_and_nobody_outside_reads_of_it(lead, colleague):
    values = lead.form("console:new-incident", query="?template=none")
    values |= {"title": "CI is down", "body": "Builds wait.", "is_internal": "on"}
    shown = lead.post("console:page-preview", values, headers={"HX-Request": "true"})
    assert "no subscriber is written to" in shown.text
    assert "how many will hear it" not in shown.text
    lead.post("console:new-incident", values, query="?template=none")
    incident = Incident.objects.get()
    assert (incident.title, incident.is_public) == ("CI is down", False)
    assert not Announcement.objects.exists()
    assert lead.client.get(incident.get_absolute_url()).status_code == 404
    assert "?act=make-public#update" in lead.get("console:incident", incident.public_id).text
