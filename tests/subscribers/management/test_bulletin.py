"""Publishing an announcement at a prompt, by the rules of the console."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone

from incidents.models import AuditEvent, Bulletin, Message, Site
from statuspage.accounts.roles import LEAD
from tests.factories import a_subscriber, a_user

pytestmark = pytest.mark.django_db
WORDS = ("--title", "We close on Christmas day", "--body", "Back on **27 December**.")
NOW = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)


def run(*arguments) -> str:
    out = StringIO()
    call_command("bulletin", *arguments, stdout=out)
    return out.getvalue()


def refusal(*arguments) -> list[str]:
    """The lines on stderr; nothing was written and the exit code is 1."""
    before = Bulletin.objects.count()
    err = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("bulletin", *arguments, stdout=StringIO(), stderr=err)
    assert end.value.code == 1
    assert Bulletin.objects.count() == before
    return err.getvalue().splitlines()


def test_it_publishes_and_says_where_it_is_and_that_nobody_is_told():
    a_subscriber()
    said = run(*WORDS)
    bulletin = Bulletin.objects.get()
    assert f"Bulletin:     {bulletin.public_id}" in said
    assert f"Address:      {bulletin.get_public_url()}" in said
    assert "until somebody ends it" in said
    assert "Goes to:      nobody; --tell sends it" in said
    assert not Message.objects.exists()
    assert AuditEvent.objects.get().by_name == "command line"


def test_told_pinned_and_planned_it_says_so(time_machine, sms_sink):
    time_machine.move_to(NOW, tick=False)
    Site.load()
    Site.objects.update(time_zone="Europe/Berlin")
    for _ in range(2):
        a_subscriber()
    a_subscriber(channel="sms")
    said = run(*WORDS, "--from", "2026-11-22 09:00", "--until", "2026-11-23 09:00", "--pin", "--tell")
    assert "Shown:        pinned, from 2026-11-22 09:00 CET until 2026-11-23 09:00 CET" in said
    assert "Goes to:      2 people by e-mail, 1 by SMS" in said
    assert Message.objects.get().send_at == datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_a_dry_run_says_what_it_would_do_and_does_nothing():
    a_subscriber()
    said = run(*WORDS, "--tell", "--dry-run")
    assert "Nothing is published: this was a dry run." in said
    assert "Would say:    We close on Christmas day\n  Back on **27 December**." in said
    assert "Would go to:  1 person by e-mail" in said
    assert not Bulletin.objects.exists()


def test_the_same_key_publishes_once_also_for_a_time_that_is_counted_from_now(time_machine):
    time_machine.move_to(NOW, tick=False)
    command = (*WORDS, "--from", "30m", "--until", "2h", "--key", "deploy-7")
    first = run(*command)
    time_machine.move_to(NOW + timedelta(minutes=45), tick=False)
    assert run(*command) == first
    assert Bulletin.objects.count() == 1
    assert refusal("--title", "Other", "--body", "Other.", "--key", "deploy-7") == [
        "--key: It was used before, for something else. Nothing was published again."
    ]


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        ((), ["--title: Say in one line what it is about.", "--body: Write what customers should know."]),
        ((*WORDS, "--until", "soon"), ["--until: Write 30m, 2h, or a time like 2026-11-21 14:30."]),
        ((*WORDS, "--from", "2h", "--until", "30m"), ["--until: It must end after it begins."]),
        ((*WORDS, "--until", "2020-01-01 10:00"), ["--until: This is past; choose a later end."]),
        ((*WORDS, "--from", "2020-01-01 10:00"), ["--from: This is past; leave it empty to begin now."]),
        ((*WORDS, "--by", "nobody"), ["--by: No member of staff is called nobody."]),
        ((*WORDS, "--key", "k" * 65), ["--key: Shorten this to 64 characters; it has 65."]),
        (("--title", "a\x07b", "--body", "B"), ["--title: Remove the invisible character U+0007; it cannot be sent."]),
    ],
)
def test_what_cannot_be_published_is_named_by_the_option_that_mends_it(arguments, lines):
    assert refusal(*arguments) == lines


def test_everything_that_is_wrong_is_said_at_once():
    said = refusal("--title", "", "--body", "", "--until", "soon", "--from", "never")
    assert [line.partition(":")[0] for line in said] == ["--from", "--until", "--title", "--body"]


def test_it_is_done_by_whoever_is_named_and_may_publish():
    a_user("ana").groups.add(Group.objects.get(name=LEAD))
    a_user("clerk")
    run(*WORDS, "--by", "ana")
    assert Bulletin.objects.get().created_by.username == "ana"
    assert refusal(*WORDS, "--by", "clerk") == ["--by: clerk may not publish."]


def test_the_text_may_come_from_the_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO("From a file.\n"))
    run("--title", "T", "--body", "-")
    assert Bulletin.objects.get().body == "From a file."
    assert Bulletin.objects.get().from_at <= timezone.now()
