"""Publishing at a prompt, by the rules of the console."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone

from incidents.actions import scheduling
from incidents.enums import ComponentStatus
from incidents.models import Announcement, AuditEvent, ComponentGroup, Incident, Recall, Site
from statuspage.accounts.roles import LEAD, SUPPORT
from subscribers.delivery import fanout
from subscribers.enums import DeliveryState
from tests.factories import a_component, a_subscriber, a_user, an_open_incident
from tests.incidents.console.conftest import INVESTIGATING, a_template

pytestmark = pytest.mark.django_db
NO_COMPONENT = "--component: There is no component Nothing. There are: none yet; the admin adds them."
NO_STATUS = "--status: fixed is none of investigating, identified, mitigating, monitoring, resolved."
SETTABLE = ("what_we_know", "what_we_are_doing", "expected_fixed_by")
WHEN = "--next-update: Write 30m, 2h, or a time like 2026-11-21 14:30."
OPEN = ("open", "--title", "Card payments fail", "--severity", "P1", "--body", "Some card payments fail.")


def run(*arguments) -> str:
    out = StringIO()
    call_command("incident", *arguments, stdout=out)
    return out.getvalue()


def refusal(*arguments) -> list[str]:
    """The lines on stderr; nothing was written and the exit code is 1."""
    before = Announcement.objects.count()
    err = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("incident", *arguments, stdout=StringIO(), stderr=err)
    assert end.value.code == 1
    assert Announcement.objects.count() == before
    return err.getvalue().splitlines()


def test_it_opens_an_incident_and_says_where_it_is_and_who_hears_it():
    a_component("Payments")
    a_subscriber()
    a_subscriber()
    a_subscriber(channel="sms")
    said = run(*OPEN, "--component", "payments=partial-outage", "--next-update", "30m")
    incident = Incident.objects.get()
    assert said.splitlines() == [
        f"Incident:     {incident.public_id}",
        f"Address:      http://status.example.test/incidents/{incident.public_id}/",
        f"Announcement: {incident.announcements.get().public_id}",
        "Goes to:      2 people by e-mail, 1 by SMS",
    ]
    assert (incident.severity, incident.status) == ("P1", "investigating")
    assert incident.affected.get().status == ComponentStatus.PARTIAL_OUTAGE
    promised = incident.next_update_at - timezone.now()
    assert timedelta(minutes=28) < promised <= timedelta(minutes=30)


def test_nobody_in_particular_is_called_the_command_line():
    run(*OPEN)
    assert AuditEvent.objects.get().by_name == "command line"
    an_open_incident()
    assert AuditEvent.objects.filter(by_name="statuspage").count() == 1


def test_a_user_is_named_who_may_publish():
    lead = a_user("ana")
    lead.groups.add(Group.objects.get(name=LEAD))
    run(*OPEN, "--by", "ana")
    assert Incident.objects.get().created_by == lead
    assert AuditEvent.objects.get().by_name == "ana"


def test_who_may_not_publish_in_the_admin_may_not_here():
    a_user("sam").groups.add(Group.objects.get(name=SUPPORT))
    assert refusal(*OPEN, "--by", "sam") == ["--by: sam may not publish."]
    assert refusal(*OPEN, "--by", "nobody") == ["--by: No member of staff is called nobody."]


def test_a_dry_run_says_who_would_hear_it_and_writes_nothing():
    a_subscriber()
    assert run(*OPEN, "--dry-run").splitlines() == [
        "Nothing is published: this was a dry run.",
        "Would say:    [Investigating] Card payments fail",
        "  Some card payments fail.",
        "Would go to:  1 person by e-mail",
    ]
    assert not Incident.all_kinds.exists()
    assert not AuditEvent.objects.exists()


def test_the_same_line_with_a_key_is_the_same_later_though_it_speaks_of_the_time_from_now(time_machine):
    """A script that was cut off is run again, when what it promised may even be past."""
    a_template()
    blanks = ("--set", "what_we_know=Visa fails.", "--set", "what_we_are_doing=We changed the provider.")
    opening = ("open", "--template", "cards", *blanks, "--next-update", "30m", "--key", "one")
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    said = run(*opening)
    incident = Incident.objects.get()
    update = ("update", incident.public_id, "--body", "Found.", "--next-update", "1h", "--key", "two")
    time_machine.move_to(now + timedelta(minutes=20), tick=False)
    assert run(*opening) == said
    told = run(*update)
    time_machine.move_to(now + timedelta(hours=2), tick=False)
    assert run(*update) == told
    assert run(*opening) == said
    resolve = ("resolve", incident.public_id, "--body", "Over.", "--key", "three")
    over = run(*resolve)
    time_machine.move_to(now + timedelta(hours=3), tick=False)
    assert run(*resolve) == over
    assert Announcement.objects.count() == 3


def test_the_same_key_publishes_once():
    assert run(*OPEN, "--key", "k") == run(*OPEN, "--key", "k")
    assert Announcement.objects.count() == 1
    assert refusal(*OPEN[:-1], "Other words.", "--key", "k") == [
        "--key: It was used before, for something else. Nothing was published again."
    ]


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (
            ("--severity", "P2"),
            ["--body: Write what customers should know.", "--title: Say in one line what is wrong."],
        ),
        (("--title", "x", "--body", "y"), ["--severity: Choose from P1, P2, P3, P4."]),
        ((*OPEN[1:], "--component", "Nothing=major_outage"), [NO_COMPONENT]),
        ((*OPEN[1:], "--component", "Nothing"), ["--component: Write Nothing as NAME=VALUE."]),
        ((*OPEN[1:], "--template", "None"), ["--template: No approved template is called None. There are: none."]),
        ((*OPEN[1:], "--next-update", "soon"), [WHEN]),
        ((*OPEN[1:], "--next-update", "2020-01-01 10:00"), ["--next-update: This is past; choose a later time."]),
        ((*OPEN[1:], "--status", "fixed"), [NO_STATUS]),
        ((*OPEN[1:], "--status", "resolved"), ["--status: A new incident cannot begin as resolved."]),
        ((*OPEN[1:], "--set", "who=me"), [f"--set: who cannot be set; the blanks are {', '.join(SETTABLE)}."]),
        ((*OPEN[1:], "--set", "next_update_by=12"), ["--set: next_update_by cannot be set; use --next-update."]),
    ],
)
def test_what_the_form_refuses_is_refused_one_line_each(arguments, lines):
    assert refusal("open", *arguments) == lines


def test_each_wrong_component_is_named():
    for name in ("Cards", "Checkout"):
        a_component("API", group=ComponentGroup.objects.create(name=name))
    assert refusal(*OPEN, "--component", "API=major_outage", "--component", "Cards/API=down") == [
        "--component: 2 components are called API; write GROUP/API.",
        "--component: down is no state for Cards/API; choose from operational, under_maintenance, "
        "degraded_performance, partial_outage, major_outage.",
    ]
    assert refusal(*OPEN, "--component", "api gatway=down")[1].startswith("--component: down is no state for")
    run(*OPEN, "--component", "Cards/API=major_outage")
    assert Incident.objects.get().components.get().group.name == "Cards"


def test_a_component_of_nearly_that_name_is_named():
    for name in ("Card processing", "Refunds", "Search"):
        a_component(name)
    assert refusal(*OPEN, "--component", "card procesing=major_outage") == [
        "--component: There is no component card procesing. Is it Card processing?"
    ]
    assert refusal(*OPEN, "--component", "Payments=major_outage") == [
        "--component: There is no component Payments. There are: Card processing, Refunds, Search."
    ]


def test_an_approved_template_gives_title_severity_components_and_words():
    payments = a_component("Payments")
    a_template(components={payments: "major_outage"}, investigating=INVESTIGATING)
    said = ("--set", "what_we_know=Visa fails.", "--set", "what_we_are_doing=We changed the provider.")
    run("open", "--template", "cards", *said, "--next-update", "2h")
    update = Incident.objects.get().updates.get()
    assert update.body.startswith("Card payments fail. Visa fails. We are on it: We changed the provider. Next word by")
    assert Incident.objects.get().affected.get().status == "major_outage"
    assert refusal("open", "--template", "Cards", *said) == [
        "--next-update: Fill this in, or take {{next_update_by}} out of the text."
    ]


def test_an_update_takes_its_words_from_the_standard_input(monkeypatch):
    incident = an_open_incident().incident
    monkeypatch.setattr("sys.stdin", StringIO("We found the cause.\n"))
    run("update", incident.public_id, "--status", "identified", "--body", "-")
    assert incident.updates.latest("pk").body == "We found the cause."
    assert incident.updates.latest("pk").status == "identified"


def test_an_update_leaves_the_state_as_it_is_and_moves_a_component():
    payments = a_component("Payments")
    incident = an_open_incident(payments).incident
    run("update", incident.public_id, "--body", "Worse.", "--component", "Payments=major_outage")
    payments.refresh_from_db()
    assert (payments.status, incident.updates.latest("pk").status) == ("major_outage", "investigating")


def test_resolving_needs_no_words():
    incident = an_open_incident(a_component()).incident
    run("resolve", incident.public_id)
    incident.refresh_from_db()
    assert (incident.status, incident.updates.latest("pk").body) == ("resolved", "This incident is resolved.")
    assert refusal("resolve", incident.public_id) == ["This incident is resolved; open a new one to say more."]


def test_an_incident_that_does_not_exist_is_refused():
    unknown = ("update", "000000000000", "--body", "x")
    assert refusal(*unknown) == ["There is no incident 000000000000. Nothing is open now."]
    incident = an_open_incident(title="Card payments fail").incident
    assert refusal(*unknown) == [
        f"There is no incident 000000000000. Open now: {incident.public_id} (Card payments fail)."
    ]


def test_a_hidden_incident_tells_nobody():
    a_subscriber()
    incident = an_open_incident(is_public=False).incident
    said = run("update", incident.public_id, "--body", "We look.")
    assert "Announcement: none, the incident is hidden" in said
    assert "Goes to:      nobody" in said


def test_times_are_in_the_zone_of_the_page():
    Site.objects.update_or_create(pk=1, defaults={"time_zone": "Asia/Tokyo"})
    run(*OPEN, "--next-update", "2090-01-01 09:00")
    assert Incident.objects.get().next_update_at.isoformat() == "2090-01-01T00:00:00+00:00"


def test_a_time_that_comes_twice_is_refused_with_both_ways_to_write_it(time_machine):
    Site.objects.update_or_create(pk=1, defaults={"time_zone": "Europe/Berlin"})
    time_machine.move_to(datetime(2026, 10, 24, 20, 0, tzinfo=UTC), tick=False)
    assert refusal(*OPEN, "--next-update", "2026-10-25 02:30") == [
        "--next-update: 02:30 comes twice that night. Write 2026-10-25T02:30+02:00 for the first (CEST), "
        "2026-10-25T02:30+01:00 for the second (CET)."
    ]
    for second in ("2026-10-25T02:30+01:00", "2026-10-25 02:30 CET"):
        run(*OPEN, "--next-update", second)
        assert Incident.objects.latest("pk").next_update_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_time_that_the_clocks_leave_out_is_taken_as_the_time_after_it_and_said(time_machine, capsys):
    Site.objects.update_or_create(pk=1, defaults={"time_zone": "Europe/Berlin"})
    time_machine.move_to(datetime(2026, 3, 28, 20, 0, tzinfo=UTC), tick=False)
    run(*OPEN, "--next-update", "2026-03-29 02:30")
    assert Incident.objects.get().next_update_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert "The clocks leave out 02:30 that night. Taken as 03:30 CEST." in capsys.readouterr().err


def test_a_recall_says_what_it_prevents():
    for _ in range(3):
        a_subscriber()
    announcement = an_open_incident().announcement
    fanout.expand(announcement)
    sent = announcement.deliveries.first()
    type(sent).objects.filter(pk=sent.pk).update(state=DeliveryState.SENT)
    assert "would keep it from 2 people; 1 has it already" in run(
        "recall", announcement.public_id, "--reason", "Wrong.", "--dry-run"
    )
    assert not Recall.objects.exists()
    said = run("recall", announcement.public_id, "--reason", "Wrong.")
    assert "keeps it from 2 people" in said
    correction = f"incident update {announcement.incident.public_id} --corrects {announcement.public_id} --body -"
    assert said.endswith(f"Correct it:   manage.py {correction}\n")
    assert Recall.objects.get().reason == "Wrong."
    assert AuditEvent.objects.filter(action="recalled", by_name="command line").exists()
    assert refusal("recall", "000000000000", "--reason", "x") == [
        "There is no announcement 000000000000. `manage.py deliveries` lists them."
    ]
    of_incident = announcement.incident.public_id
    assert refusal("recall", of_incident) == [
        f"There is no announcement {of_incident}. That is an incident; the last it announced is "
        f"{announcement.public_id} (Investigating)."
    ]
    assert refusal("recall", announcement.public_id, "--reason", " ")[0].startswith("--reason: Say")


def test_a_recall_in_a_hurry_needs_no_reason():
    announcement = an_open_incident().announcement
    assert "keeps it from" in run("recall", announcement.public_id)
    assert "in a hurry" in announcement.recall.reason


def test_a_correction_names_what_was_recalled():
    wrong = an_open_incident().announcement
    correction = ("update", wrong.incident.public_id, "--body", "Only refunds fail.", "--corrects", wrong.public_id)
    assert refusal(*correction) == [
        "--corrects: What this corrects is not recalled. Recall it first, then write the correction."
    ]
    run("recall", wrong.public_id, "--reason", "Wrong product.")
    run(*correction)
    assert Announcement.objects.latest("pk").corrects == wrong


def told(announcement, number) -> None:
    """So many subscribers have it already."""
    fanout.expand(announcement)
    rows = announcement.deliveries.order_by("pk").values("pk")[:number]
    type(announcement.deliveries.get(pk=rows[0]["pk"])).objects.filter(pk__in=rows).update(state=DeliveryState.SENT)


def take_back(announcement) -> Announcement:
    run("recall", announcement.public_id)
    return announcement


def test_a_correction_carries_the_promise_and_goes_first_to_those_who_were_told():
    people = [a_subscriber() for _ in range(3)]
    due = (timezone.now() + timedelta(hours=1)).replace(second=0, microsecond=0)
    wrong = an_open_incident(next_update_at=due).announcement
    told(wrong, 2)
    take_back(wrong)
    correction = ("update", wrong.incident.public_id, "--corrects", wrong.public_id, "--body", "Only refunds fail.")
    first = f"{wrong.published_at:%H:%M} UTC (Investigating); 2 people have it and hear this first"
    said = run(*correction, "--dry-run").splitlines()
    assert said[-2:] == ["Would go to:  3 people by e-mail", f"Corrects:     {first}"]
    assert Announcement.objects.count() == 1
    assert run(*correction).splitlines()[-1] == f"Corrects:     {first}"
    right = Announcement.objects.latest("pk")
    assert right.next_update_at == due
    fanout.expand(right)
    order = list(right.deliveries.order_by("pk").values_list("subscriber", flat=True))
    assert set(order[:2]) == {row.subscriber_id for row in wrong.deliveries.exclude(state="queued")}
    assert len(order) == len(people)


def test_a_correction_says_the_state_of_the_words_that_it_corrects():
    incident = an_open_incident().incident
    run("update", incident.public_id, "--status", "identified", "--body", "All payments fail.")
    wrong = Announcement.objects.latest("pk")
    run("update", incident.public_id, "--status", "mitigating", "--body", "We change it.")
    take_back(wrong)
    run("update", incident.public_id, "--corrects", wrong.public_id, "--body", "Only refunds fail.")
    assert Announcement.objects.latest("pk").status == "identified"


def test_a_correction_may_name_another_promise_or_none():
    due = timezone.now() + timedelta(hours=1)
    for given, kept in (("", False), ("2h", True)):
        wrong = take_back(an_open_incident(next_update_at=due).announcement)
        run("update", wrong.incident.public_id, "--corrects", wrong.public_id, "--body", "No.", "--next-update", given)
        promised = Incident.objects.get(pk=wrong.incident_id).next_update_at
        assert (promised is not None and promised > due) is kept


def test_a_promise_that_is_past_is_asked_for_again_and_not_dropped():
    wrong = take_back(an_open_incident(next_update_at=timezone.now() - timedelta(minutes=5)).announcement)
    correction = ("update", wrong.incident.public_id, "--corrects", wrong.public_id, "--body", "Only refunds fail.")
    assert refusal(*correction) == ["--next-update: This is past; choose a later time."]


def test_a_correction_needs_words_of_its_own():
    wrong = take_back(an_open_incident().announcement)
    correction = ("update", wrong.incident.public_id, "--corrects", wrong.public_id)
    assert refusal(*correction) == ["--body: Write what customers should know."]


def test_a_correction_belongs_to_the_incident_in_which_the_words_were_said():
    wrong, other = take_back(an_open_incident().announcement), an_open_incident().incident
    assert refusal("update", other.public_id, "--corrects", wrong.public_id, "--body", "No.") == [
        f"--corrects: That was said in another incident, {wrong.incident.public_id}. Correct it there."
    ]


def test_a_wrong_end_is_corrected_by_a_new_incident_about_the_same():
    payments = a_component("Payments")
    incident = an_open_incident(payments, impact="critical").incident
    run("resolve", incident.public_id)
    wrong = Announcement.objects.latest("pk")
    Site.objects.update(reopen_hours=0)  # it may not be opened again any more
    said = run("recall", wrong.public_id)
    assert said.endswith(f"Correct it:   manage.py incident open --corrects {wrong.public_id} --body -\n")
    run("open", "--corrects", wrong.public_id, "--body", "It is not over.")
    right = Announcement.objects.latest("pk")
    assert right.corrects == wrong
    for name in ("title", "severity", "impact", "components"):
        assert getattr(right, name) == getattr(wrong, name), name
    assert right.status == "investigating"


def test_a_wrong_end_of_a_maintenance_is_corrected_by_an_incident():
    at = timezone.now()
    window = {"scheduled_for": at + timedelta(hours=1), "scheduled_until": at + timedelta(hours=2)}
    planned = {"title": "Upgrade", "body": "We upgrade.", "components": [a_component("Payments")], "by": None, "at": at}
    incident = scheduling.schedule_maintenance(**planned, **window).incident
    run("update", incident.public_id, "--status", "in_progress", "--body", "We begin.")
    run("resolve", incident.public_id)
    wrong = take_back(Announcement.objects.latest("pk"))
    run("open", "--corrects", wrong.public_id, "--body", "It is not over.")
    right = Announcement.objects.latest("pk")
    assert (right.kind, right.impact, right.title) == ("incident", "none", "Upgrade")


def test_a_dry_run_says_what_is_published_then_and_refuses_the_same():
    """Nothing is written in between, not even to be taken back: no number of a row is used up."""
    payments, hidden = a_component("Payments"), a_component("Ledger", is_public=False)
    incident = an_open_incident(payments, hidden).incident
    update = ("update", incident.public_id, "--body", "**Worse.**", "--component", "Payments=major_outage")
    before = Announcement.objects.latest("pk").pk
    said = run(*update, "--dry-run")
    assert "Would say:    [Investigating] Card payments fail\n  **Worse.**" in said
    run(*update)
    assert Announcement.objects.latest("pk").pk == before + 1
    run("resolve", incident.public_id)
    closed = ["This incident is resolved; open a new one to say more."]
    assert refusal(*update) == refusal(*update, "--dry-run") == closed


def test_a_dry_run_with_a_key_that_was_used_says_so():
    run(*OPEN, "--key", "k")
    assert "Would say:    [Investigating] Card payments fail" in run(*OPEN, "--key", "k", "--dry-run")
    reused = ["--key: It was used before, for something else. Nothing was published again."]
    assert refusal(*OPEN[:-1], "Other words.", "--key", "k", "--dry-run") == reused


def test_a_key_that_is_too_long_is_refused():
    assert refusal(*OPEN, "--key", "k" * 65) == ["--key: Shorten this to 64 characters; it has 65."]


def test_a_component_that_is_fine_and_was_so_is_not_spoken_of():
    a_component("Payments")
    run(*OPEN, "--component", "Payments=operational")
    assert not Incident.objects.get().affected.exists()


def test_what_fills_a_blank_is_held_to_the_rules_of_the_text():
    a_template()
    blanks = ("--set", "what_we_know=a\u202eb", "--set", "what_we_are_doing={{what_we_know}}")
    assert refusal("open", "--template", "cards", *blanks, "--next-update", "30m") == [
        "--set what_we_know: Remove the invisible character U+202E; it cannot be sent.",
        "--set what_we_are_doing: Fill the blank {{ what_we_know }} before publishing.",
    ]


def test_the_words_of_another_step_are_refused():
    template = a_template(investigating="We look.", resolved="It is over.")
    incident = an_open_incident(template=template).incident
    assert refusal("update", incident.public_id, "--body", "It is over.") == [
        "--body: These are the words for Resolved. Take the words for this state, or change them."
    ]


NOT_BOTH = "Nothing is published. Change one of them, or add --anyway to leave both as they are."


def test_words_that_name_another_time_are_said_before_they_are_published(time_machine):
    time_machine.move_to(timezone.now().replace(hour=4, minute=0, second=0, microsecond=0), tick=False)
    promising = (*OPEN[:-1], "We write again by 06:45 UTC.")
    differ = "--next-update: The text says “by 06:45 UTC”, this says 04:30 UTC."
    for more in ([], ["--dry-run"]):
        assert refusal(*promising, "--next-update", "30m", *more) == [differ, NOT_BOTH]
    assert refusal(*promising) == ["--next-update: The text says “by 06:45 UTC”, and no time is given here.", NOT_BOTH]
    run(*promising, "--next-update", "30m", "--anyway")
    incident = Incident.objects.get()
    assert incident.next_update_at == timezone.now() + timedelta(minutes=30)
    more = ("update", incident.public_id, "--body", "We write again in half an hour.")
    assert refusal(*more, "--next-update", "2h")[-1] == NOT_BOTH
    run(*more, "--next-update", "30m")
    run("resolve", incident.public_id, "--body", "It is over. We write again by 06:45 UTC.")


def test_the_help_shows_examples(capsys):
    with pytest.raises(SystemExit):
        call_command("incident", "--help")
    assert "  manage.py incident resolve k3v9x2m4p7qd --body" in capsys.readouterr().out


@pytest.fixture
def two_hours_old():
    return an_open_incident(at=timezone.now() - timedelta(hours=2), body="Card paments fail.").incident


def clock(hours: float) -> str:
    """A time as it is typed; the tests' page is in UTC."""
    return f"{timezone.now() + timedelta(hours=hours):%Y-%m-%d %H:%M}"


def test_an_update_about_an_earlier_time_stands_there_and_says_who_hears_it(two_hours_old):
    a_subscriber()
    update = ("update", two_hours_old.public_id, "--status", "mitigating", "--body", "Words.")
    run(*update)
    older = ("update", two_hours_old.public_id, "--status", "investigating", "--body", "Visa was first.")
    said = run(*older, "--at", clock(-1))
    assert "Goes to:      1 person by e-mail" in said
    bodies = [one.body for one in two_hours_old.updates.newest_first()]
    assert bodies == ["Words.", "Visa was first.", "Card paments fail."]
    assert Incident.objects.get().status == "mitigating"


def test_a_time_that_cannot_be_is_refused_by_its_option(two_hours_old):
    update = ("update", two_hours_old.public_id, "--body", "Words.")
    invalid = ["--at: Write a time like 2026-11-21 14:30."]
    future = ["--at: This is in the future. Leave it empty for now."]
    assert refusal(*update, "--at", "soon") == refusal(*update, "--at", "soon", "--dry-run") == invalid
    assert refusal(*update, "--at", clock(1)) == refusal(*update, "--at", clock(1), "--dry-run") == future


def test_a_quiet_update_goes_to_nobody(two_hours_old):
    a_subscriber()
    update = ("update", two_hours_old.public_id, "--body", "Quietly said.", "--quiet")
    assert "Would go to:  nobody" in run(*update, "--dry-run")
    said = run(*update)
    assert "Announcement: none, it is not sent" in said
    assert "Goes to:      nobody" in said
    assert two_hours_old.updates.newest_first().first().body == "Quietly said."
    assert Announcement.objects.count() == 1


def test_a_word_after_the_end_needs_to_be_called_one_and_to_be_written(two_hours_old):
    run("resolve", two_hours_old.public_id)
    late = ("update", two_hours_old.public_id, "--after-end")
    assert refusal(*late[:-1], "--body", "The report is here.") == [
        "This incident is resolved; open a new one to say more."
    ]
    assert refusal(*late) == ["--body: Write what customers should know."]
    run(*late, "--body", "The report is here.")
    assert two_hours_old.updates.newest_first().first().is_late
    assert Announcement.objects.latest("pk").is_late


def test_a_retry_of_an_update_about_an_earlier_time_is_known_by_its_key(two_hours_old):
    update = ("update", two_hours_old.public_id, "--body", "Words.", "--at", clock(-1), "--key", "k")
    run(*update, "--next-update", "30m")
    run(*update, "--next-update", "30m")
    assert two_hours_old.updates.count() == 2


def test_the_words_of_an_update_are_edited_and_nobody_is_written_to(two_hours_old):
    a_subscriber()
    a_user("ana").groups.add(Group.objects.get(name=LEAD))
    update = two_hours_old.updates.get()
    fanout.expand(update.announcement)
    edit = ("edit-update", update.public_id, "--body", "Card payments fail.", "--by", "ana")
    address = f"Address:      http://status.example.test/incidents/{two_hours_old.public_id}/#update-{update.public_id}"
    dry = run(*edit, "--dry-run").splitlines()
    assert dry[1:3] == [address, "Nothing is edited: this was a dry run."]
    update.refresh_from_db()
    assert update.body == "Card paments fail."
    assert run(*edit).splitlines() == [
        f"Incident:     {two_hours_old.public_id}",
        address,
        "Edited:       nobody is written to",
        "Former words: 1 still to go out, 0 have them",
    ]
    update.refresh_from_db()
    assert update.body == "Card payments fail."
    assert Announcement.objects.count() == 1
    assert AuditEvent.objects.get(action="edited words").by_name == "ana"


def test_an_edit_is_refused_in_words_as_in_the_console(two_hours_old):
    update = two_hours_old.updates.get()
    edit = ("edit-update", update.public_id, "--body")
    unknown = "There is no update nothing. Its id stands behind #update- in its address on the page."
    assert refusal("edit-update", "nothing", "--body", "Words.") == [unknown]
    unchanged = ["--body: Nothing is changed: this is what the update says already."]
    assert refusal(*edit, update.body) == refusal(*edit, update.body, "--dry-run") == unchanged
    assert refusal(*edit, "") == ["--body: Write what customers should know."]
    (doubt, end) = refusal(*edit, "We write again within 3 hours.")
    assert doubt.startswith("--body: The text says")
    assert end == "Nothing is edited. Change the words, or add --anyway; an edit changes no time."
    run(*edit, "We write again within 3 hours.", "--anyway", "--key", "k")
    assert refusal(*edit, "Other words.", "--key", "k") == [
        "--key: It was used before, for something else. Nothing was edited."
    ]
    run("recall", update.announcement.public_id)
    withdrawn = ["These words were withdrawn. Publish a correction that says what is right."]
    assert refusal(*edit, "Right words.") == refusal(*edit, "Right words.", "--dry-run") == withdrawn


def over() -> Incident:
    payments = a_component("Payments", start_date=(timezone.now() - timedelta(days=9)).date())
    incident = an_open_incident(payments, at=timezone.now() - timedelta(hours=2)).incident
    run("resolve", incident.public_id, "--body", "Over.")
    return Incident.objects.get(pk=incident.pk)


def test_what_is_over_is_opened_again():
    incident = over()
    said = run("reopen", incident.public_id, "--body", "It is back.", "--next-update", "30m")
    incident.refresh_from_db()
    assert (incident.status, incident.is_open) == ("investigating", True)
    assert incident.public_id in said
    assert Announcement.objects.latest("pk").reopens


def test_a_false_alarm_and_an_internal_incident_are_acts_of_their_own():
    alarm = an_open_incident(a_component()).incident
    run("false-alarm", alarm.public_id, "--body", "A probe was broken.")
    alarm.refresh_from_db()
    assert (alarm.is_open, alarm.is_false_alarm) == (False, True)
    assert "none, the incident is hidden" in run(*OPEN, "--internal")
    internal = Incident.objects.get(is_public=False)
    run("make-public", internal.public_id, "--body", "Card payments fail.")
    internal.refresh_from_db()
    assert internal.is_public


def test_a_wrong_end_that_is_recalled_says_how_it_is_corrected():
    incident = over()
    end = Announcement.objects.latest("pk")
    said = run("recall", end.public_id)
    assert f"manage.py incident reopen {incident.public_id} --corrects {end.public_id}" in said
    Site.objects.update(reopen_hours=0)
    assert f"manage.py incident open --corrects {end.public_id}" in run("recall", end.public_id)


def test_what_is_so_is_put_right_and_a_dry_run_only_says_it():
    incident, begin = over(), timezone.now() - timedelta(hours=5)
    arguments = ("edit", incident.public_id, "--title", "All payments fail", "--started-at", f"{begin:%Y-%m-%d %H:%M}")
    said = run(*arguments, "--dry-run")
    assert "Would change: title: Card payments fail -> All payments fail" in said
    incident.refresh_from_db()
    assert incident.title == "Card payments fail"
    told = Announcement.objects.count()
    assert "Goes to:      nobody" in run(*arguments, "--severity", "P1")
    incident.refresh_from_db()
    assert (incident.title, incident.severity) == ("All payments fail", "P1")
    assert incident.periods.get().began_at == incident.started_at
    assert Announcement.objects.count() == told
    assert "Nothing is other than it was." in run("edit", incident.public_id, "--title", "All payments fail")


def test_what_is_put_right_is_told_in_the_same_act_once_and_a_dry_run_counts_who_hears_it():
    a_subscriber(every_update=True)
    incident = over()
    arguments = ("edit", incident.public_id, "--title", "All payments fail", "--body", "All failed.", "--key", "k")
    said = run(*arguments, "--dry-run")
    assert "Would go to:  1 person by e-mail" in said
    assert "Corrects:     " in said
    incident.refresh_from_db()
    told = Announcement.objects.count()
    assert incident.title == "Card payments fail"
    said = run(*arguments)
    assert "Changed: title: Card payments fail -> All payments fail" in said
    assert "Goes to:      1 person by e-mail" in said
    run(*arguments)
    assert Announcement.objects.count() == told + 1
    latest = Announcement.objects.latest("pk")
    assert (latest.title, latest.body, latest.is_late) == ("All payments fail", "All failed.", True)


def test_words_are_refused_where_nothing_is_to_be_told():
    incident = over()
    [line] = refusal("edit", incident.public_id, "--severity", "P1", "--body", "Words.")
    assert line.startswith("--body: What changes is for ourselves")
    [line] = refusal("edit", incident.public_id, "--body", "Words.")
    assert line.startswith("--body: Nothing is other than it was")
    opened = an_open_incident().incident
    assert refusal("edit", opened.public_id, "--body", "Words.") == ["--body: It is open: say it by an update."]


def test_the_second_of_two_equal_times_in_a_night_can_be_typed():
    Site.load()
    Site.objects.update(time_zone="Europe/Berlin")
    [line] = refusal("edit", over().public_id, "--started-at", "2025-10-26 02:30")
    assert line.startswith("--started-at: 02:30 comes twice that night. Write 2025-10-26T02:30+02:00 for the first")


@pytest.mark.parametrize(
    ("option", "value", "line"),
    [
        ("--started-at", "2999-01-01 10:00", "--started-at: Check the year 2999."),
        ("--started-at", "soon", "--started-at: Write a time like 2026-11-21 14:30."),
        ("--resolved-at", "2020-01-01 10:00", "--resolved-at: It ended before it began."),
        ("--title", "", "--title: Say in one line what is wrong."),
        ("--owner", "nobody", "--owner: No member of staff is called nobody."),
    ],
)
def test_what_cannot_be_so_is_refused_by_its_option(option, value, line):
    assert line in refusal("edit", over().public_id, option, value)
