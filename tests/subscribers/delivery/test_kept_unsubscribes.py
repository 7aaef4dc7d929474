"""Unsubscribes while the database is away: kept on the disk, done once, whoever is killed in between."""

import os
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from subscribers import links, tasks
from subscribers.delivery import dispatch, drain, kept_unsubscribes
from subscribers.models import Subscriber
from tests.factories import a_subscriber

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture(autouse=True)
def directory(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    return tmp_path / "unsubscribes"


@pytest.fixture
def subscriber():
    return a_subscriber("ada@example.test", confirmed_at=timezone.now() - timedelta(days=1))


def page(subscriber) -> str:
    return f"/subscription/{links.subscription_token(subscriber)}/unsubscribe/"


def away():
    def refuse(execute, sql, params, many, context):
        raise OperationalError("connection refused")

    return connection.execute_wrapper(refuse)


def kept(directory) -> list[str]:
    return sorted(os.listdir(directory)) if directory.exists() else []


def test_a_mail_programs_click_is_kept_and_told_the_truth(client, subscriber, directory):
    with away():
        answers = [client.post(page(subscriber), ONE_CLICK) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert "You will be unsubscribed as soon as our database is back." in answers[0].text
    assert not client.cookies
    assert kept(directory) == [str(subscriber.pk)]
    assert Subscriber.objects.active().exists()
    assert kept_unsubscribes.settle() == 1
    assert kept_unsubscribes.settle() == 0
    assert not Subscriber.objects.active().exists()
    assert kept(directory) == []


def test_a_persons_form_is_shown_and_kept_the_same(client, subscriber, directory):
    with away():
        asked = client.get(page(subscriber))
        answer = client.post(page(subscriber))
    assert "Yes, unsubscribe me" in asked.text
    assert (asked.status_code, answer.status_code) == (200, 202)
    assert "You will be unsubscribed" in answer.text
    assert answer["Referrer-Policy"] == "no-referrer"
    assert kept(directory) == [str(subscriber.pk)]


def test_what_we_did_not_sign_is_not_kept(client, subscriber, directory):
    right = links.subscription_token(subscriber)
    with away():
        for token in (right[:-2] + "AA", "x", "x" * 2_000, right.swapcase()):
            assert client.post(f"/subscription/{token}/unsubscribe/", ONE_CLICK).status_code == 404
    assert kept(directory) == []


@pytest.mark.parametrize(
    "act", [lambda: drain.drain("email"), dispatch.dispatch, tasks.sweep], ids=["drain", "dispatch", "sweep"]
)
def test_whoever_sends_does_it_first(client, subscriber, act):
    with away():
        client.post(page(subscriber), ONE_CLICK)
    act()
    assert not Subscriber.objects.active().exists()


def test_it_stays_kept_while_the_database_is_away(client, subscriber, directory):
    with away():
        client.post(page(subscriber), ONE_CLICK)
        with pytest.raises(OperationalError):
            kept_unsubscribes.settle()
    assert kept(directory) == [str(subscriber.pk)]


def test_whoever_asked_for_notices_again_since_is_left_alone(subscriber, directory):
    kept_unsubscribes.keep(subscriber.pk, at=timezone.now())
    Subscriber.objects.update(confirmed_at=timezone.now())
    assert kept_unsubscribes.settle() == 0
    assert Subscriber.objects.active().exists()
    assert kept(directory) == []


def test_what_a_killed_writer_or_a_broken_disk_left_harms_nobody(subscriber, directory):
    other = a_subscriber(confirmed_at=timezone.now() - timedelta(days=1))
    kept_unsubscribes.keep(subscriber.pk, at=timezone.now())
    (directory / str(other.pk)).write_bytes(b"")
    (directory / ".half").write_text("2026-")
    (directory / "999999999").write_text(timezone.now().isoformat())
    long_ago = timezone.now().timestamp() - 10_000
    (directory / ".left").write_text("")
    os.utime(directory / ".left", (long_ago, long_ago))
    assert kept_unsubscribes.settle() == 2
    assert kept(directory) == [".half"]


def test_a_full_store_is_a_503_and_no_promise(client, subscriber, directory, monkeypatch):
    monkeypatch.setattr(kept_unsubscribes, "MOST", 0)
    with away():
        answer = client.post(page(subscriber), ONE_CLICK)
    assert answer.status_code == 503
    assert kept(directory) == []


def test_a_disk_that_refuses_is_a_503_and_no_promise(client, subscriber, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.DATA_DIR = tmp_path / "file"
    with away():
        assert client.post(page(subscriber), ONE_CLICK).status_code == 503
    assert kept_unsubscribes.settle() == 0


def test_it_is_on_the_disk_before_it_is_promised(subscriber, monkeypatch, directory):
    """Killed at any step before the last, nothing was promised; after it, the file is whole."""
    steps = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, real=real, name=name: (steps.append(name), real(*a)))
    assert kept_unsubscribes.keep(subscriber.pk, at=timezone.now())
    assert steps == ["fsync", "replace", "fsync"]
    assert (directory / str(subscriber.pk)).stat().st_mode & 0o077 == 0
