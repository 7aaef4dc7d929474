"""`receive_bounce` as a mail server calls it: a mail on standard input, an exit code back."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from subscribers.actions import delivering, fanout
from subscribers.channels import verp
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
    delivering.drain("email")
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
