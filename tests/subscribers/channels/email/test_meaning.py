"""What a mail server's words mean."""

import re

import pytest

from subscribers.channels.email import dsn, smtp_replies
from subscribers.channels.email.meaning import meaning
from subscribers.channels.email.smtp_replies import Reply
from subscribers.channels.verdicts import Verdict
from tests.shared_data import BOUNCES, needed
from tests.subscribers.channels.email.replies_table import REPLIES

_WITH_CODE = re.compile(r"(\d{3})[ -]?(.*)")
AT_ONCE = [row for row in REPLIES if _WITH_CODE.match(row[1])]  # the others stand in bounces alone
# Of the README beside the bounces; by the recipient's kind.
_DEAD = {"u511", "d511", "u550", "multi", "utf8", "latin", "o5110", "u551", "u553", "dis"}
_GIVEN_UP = {"tmp451", "d451", "c421", "unknown", "full452"}


@pytest.mark.parametrize(("source", "said", "verdict"), REPLIES, ids=[said[:60] for _, said, _ in REPLIES])
def test_a_reply_means_what_its_server_says(source, said, verdict):
    assert dsn.verdict_of(said) is verdict, source


def test_the_table_holds_every_verdict_and_enough_of_them():
    """Of a STOP only gateways know."""
    assert len({said for _, said, _ in REPLIES}) >= 120
    assert {verdict for _, _, verdict in REPLIES} == set(Verdict) - {Verdict.OWNER_STOPPED}


@pytest.mark.parametrize(("source", "said", "verdict"), AT_ONCE, ids=[said[:60] for _, said, _ in AT_ONCE])
def test_only_a_dead_address_is_suppressed_and_no_refusal_of_us_is_final(source, said, verdict):
    found = _WITH_CODE.match(said)
    failed = smtp_replies.failure(1, Reply(int(found[1]), found[2]))
    assert failed.suppress == (verdict is Verdict.ADDRESS_DEAD), source
    assert failed.permanent == (said.startswith("5") and verdict is not Verdict.WE_ARE_REFUSED)
    assert failed.is_general == (verdict is Verdict.PROVIDER_UNWELL)


@pytest.mark.parametrize(
    "us",
    ["sender verify failed", "SPF check failed", "policy", "rate limit exceeded", "TLS required", "relaying denied"],
)
@pytest.mark.parametrize("them", ["5.1.1 No such user", "User unknown", "5.2.1 Account disabled"])
def test_whatever_names_us_as_well_does_not_speak_against_the_address(us, them):
    assert meaning(f"{them}: {us}", code=550) is Verdict.WE_ARE_REFUSED


@pytest.mark.parametrize(
    "path",
    sorted(BOUNCES.glob("*/*.eml")) or [BOUNCES / "absent.eml"],
    ids=lambda path: f"{path.parent.name}-{path.stem}",
)
def test_a_real_bounce_is_read_by_its_verdict(path, settings):
    settings.SECRET_KEY = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnop"
    settings.BOUNCE_ADDRESS = "bounces@status.example.com"
    kind, _, delayed = path.stem.partition("-")
    to = dsn.verp.envelope_sender(7).decode()  # Haraka's have no To
    report = dsn.read(needed(path).read_bytes(), [to])
    is_last_word = path.parent.name == "opensmtpd" and report.reason.endswith("4.4.7")
    assert report.event is (dsn.Event.DELAYED if delayed and not is_last_word else dsn.Event.BOUNCED)
    assert report.suppress == (kind in _DEAD), report
    assert not report.reason.lower().startswith("smtp;")
    if kind in _GIVEN_UP:
        assert report.verdict is not Verdict.ADDRESS_DEAD


def test_the_real_bounces_are_all_there():
    assert len(list(needed(BOUNCES).glob("*/*.eml"))) >= 130
