"""The journals of this machine, and everything that may lie where they are kept."""

import os

import pytest

from subscribers.channels import Sent
from subscribers.delivery import drain
from subscribers.delivery import journal as handoff
from subscribers.delivery.journal import Journal, Mark
from subscribers.models import Delivery
from tests.deliveries import announced, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def directory(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    (tmp_path / "handoff").mkdir()
    return tmp_path / "handoff"


def test_what_is_no_journal_or_not_ours_to_read_stops_nobody(directory, smtp_sink, monkeypatch):
    """Such as one that a command left behind which was run by root."""
    (directory / "lost+found").mkdir()
    (directory / ("f" * 32)).write_bytes(b"")
    opened = os.open

    def no_entry(path, *args, **kwargs):
        if str(path).endswith("f" * 32):
            raise PermissionError(path)
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", no_entry)
    announced("a@example.test")
    assert drain.drain("email") == 1


def test_a_journal_that_is_being_begun_is_nobodys_yet(directory):
    """Its name is there before its lock is."""
    begun = directory / f"{'a' * 32}.new"
    begun.write_bytes(b"")
    assert list(handoff.abandoned()) == []
    assert begun.exists()


def test_what_was_never_begun_in_earnest_is_cleared_away(directory):
    begun = directory / f"{'a' * 32}.new"
    begun.write_bytes(b"")
    os.utime(begun, (0, 0))
    list(handoff.abandoned())
    assert not begun.exists()


def test_a_disk_that_is_full_stops_no_mail(directory, smtp_sink):
    directory.rmdir()
    directory.write_text("no directory can be made here")
    announced("a@example.test", "b@example.test")
    assert drain.drain("email") == 2
    assert states() == ["sent", "sent"]


def test_a_journal_that_could_not_be_written_leaves_nothing_behind(directory, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    files = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, "write", full)
    journal = Journal("a" * 32, [1])
    journal.begun(1)
    journal.heard(Sent(1))
    journal.close()
    assert list(directory.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) == files


def test_what_is_heard_after_the_end_harms_nobody(directory):
    journal = Journal("a" * 32, [1])
    journal.leave()
    journal.begun(1)
    journal.heard(Sent(1))
    assert handoff.marks("a" * 32) == {1: Mark.NOT_BEGUN}


def test_a_journal_of_another_version_is_cleared_away(directory):
    (directory / ("a" * 32)).write_bytes(b"statuspage handoff 0" + bytes(20))
    assert list(handoff.abandoned()) == [("a" * 32, {})]
    assert list(directory.iterdir()) == []


def test_no_shift_leaves_a_file_behind(directory, smtp_sink):
    announced("a@example.test")
    files = len(os.listdir("/proc/self/fd"))
    drain.drain("email")
    assert Delivery.objects.filter(state="sent").count() == 1
    assert list(directory.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) <= files + 8  # connections, and what the loop needs
