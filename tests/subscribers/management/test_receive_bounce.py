"""`receive_bounce` as a mail server calls it: a mail on standard input, an exit code back."""

import io
import mailbox
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DataError, OperationalError

from subscribers.channels.email import verp
from subscribers.delivery import drain, fanout, reports
from subscribers.models import Delivery, Suppression
from tests.bounces import a_bounce
from tests.factories import a_component, a_subscriber, an_open_incident

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _bounces_come_here(settings):
    settings.BOUNCE_ADDRESS = "bounces@status.example.test"


def fed(mail: bytes, *recipients, monkeypatch) -> str:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(mail)))
    out = io.StringIO()
    call_command("receive_bounce", *recipients, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_mail_that_bounces_comes_back_to_its_delivery(smtp_sink, monkeypatch):
    a_subscriber("gone@example.test")
    fanout.expand(an_open_incident(a_component()).announcement)
    drain.drain("email")
    row = Delivery.objects.get()
    assert list(smtp_sink.on_mail.asked) == [verp.envelope_sender(row.pk).decode()]
    assert "bounced" in fed(a_bounce(row.pk), monkeypatch=monkeypatch)
    row.refresh_from_db()
    assert row.state == "bounced"
    assert Suppression.objects.get().address == "gone@example.test"
    assert "nothing new" in fed(a_bounce(row.pk), monkeypatch=monkeypatch)


@pytest.mark.django_db
def test_a_forged_bounce_changes_nothing(monkeypatch):
    a_subscriber("reader@example.test")
    fanout.expand(an_open_incident(a_component()).announcement)
    row = Delivery.objects.get()
    forged = a_bounce(row.pk).replace(
        verp.envelope_sender(row.pk), b"bounces+%x-%s@status.example.test" % (row.pk, b"0" * 20)
    )
    assert "no bounce of ours" in fed(forged, monkeypatch=monkeypatch)
    assert not Suppression.objects.exists()


@pytest.fixture
def maildir(tmp_path):
    """With three bounces in it, the middle one of a delivery that never was, and junk."""
    for number in range(2):
        a_subscriber(f"gone{number}@example.test")
    fanout.expand(an_open_incident(a_component()).announcement)
    Delivery.objects.update(state="sent")
    box = mailbox.Maildir(tmp_path / "box")
    ids = list(Delivery.objects.values_list("pk", flat=True))
    for mail in (a_bounce(ids[0]), a_bounce(999_999), a_bounce(ids[1]), b"\0\xff junk"):
        box.add(mail)
    return box


@pytest.mark.django_db
def test_a_maildir_is_read_and_emptied(maildir):
    call_command("receive_bounce", maildir=maildir._path, stdout=io.StringIO())
    assert set(Delivery.objects.values_list("state", flat=True)) == {"bounced"}
    assert len(maildir) == 0


@pytest.mark.django_db
def test_what_a_database_did_not_hear_stays_in_the_maildir(maildir, monkeypatch):
    def gone(report, at):
        raise OperationalError("gone")

    monkeypatch.setattr(reports, "receive", gone)
    with pytest.raises(SystemExit) as end:
        call_command("receive_bounce", maildir=maildir._path, stdout=io.StringIO(), stderr=io.StringIO())
    assert end.value.code == os.EX_TEMPFAIL
    assert len(maildir) >= 3


@pytest.mark.django_db
def test_a_reason_with_a_nul_byte_stops_nothing(tmp_path):
    a_subscriber("gone@example.test")
    fanout.expand(an_open_incident(a_component()).announcement)
    Delivery.objects.update(state="sent")
    box = mailbox.Maildir(tmp_path / "box")
    box.add(a_bounce(Delivery.objects.get().pk).replace(b"5.1.1", b"5.1.1 \0"))
    call_command("receive_bounce", maildir=box._path, stdout=io.StringIO())
    assert Delivery.objects.get().state == "bounced"
    assert "\0" not in Delivery.objects.get().reason
    assert len(box) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("fault", [DataError("no such text"), ValueError("a half character")])
def test_a_mail_that_cannot_be_taken_lies_aside_and_the_rest_is_read(maildir, monkeypatch, fault):
    first, receive = Delivery.objects.order_by("pk").first(), reports.receive

    def choosy(report, at):
        if report.delivery_id == first.pk:
            raise fault
        return receive(report, at=at)

    monkeypatch.setattr(reports, "receive", choosy)
    said = io.StringIO()
    call_command("receive_bounce", maildir=maildir._path, stdout=io.StringIO(), stderr=said)
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == ["sent", "bounced"]
    assert len(maildir) == 0
    assert len(maildir.get_folder("unreadable")) == 1
    assert "1 could not be taken" in said.getvalue()


@pytest.mark.django_db
def test_a_piped_mail_that_cannot_be_taken_is_told_to_the_mail_server(monkeypatch):
    def fails(report, at):
        raise DataError("no such text")

    monkeypatch.setattr(reports, "receive", fails)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(a_bounce(7))))
    with pytest.raises(SystemExit) as end:
        call_command("receive_bounce", stdout=io.StringIO(), stderr=io.StringIO())
    assert end.value.code == os.EX_DATAERR


def test_a_directory_that_is_no_maildir_is_named(tmp_path):
    with pytest.raises(CommandError, match="is no Maildir"):
        call_command("receive_bounce", maildir=str(tmp_path / "none"))


def test_no_process_loads_what_only_those_need_who_send_sms():
    """A mail server starts one for each mail."""
    asked = "import sys, django; django.setup(); print('aiohttp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def piped(mail: bytes, **environment) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "manage.py", "receive_bounce"],
        cwd=CHECKOUT,
        env=os.environ | {"BOUNCE_ADDRESS": "bounces@status.example.test"} | environment,
        input=mail,
        capture_output=True,
    )


@pytest.mark.parametrize("junk", [b"", b"\0\xff" * 5000, b"To: bounces@status.example.test\r\n\r\nHello"])
def test_a_mail_server_never_gets_junk_back(junk):
    done = piped(junk)
    assert (done.returncode, done.stdout) == (0, b"no bounce of ours\n"), done.stderr


def test_while_the_database_is_down_the_mail_server_keeps_the_bounce():
    done = piped(a_bounce(7), DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert done.returncode == os.EX_TEMPFAIL
    assert b"Traceback" not in done.stderr
