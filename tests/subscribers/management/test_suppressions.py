"""Suppressions are listed by their reason, and what was done wrongly is lifted by it."""

import io
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command

from incidents.models import AuditEvent
from subscribers.channels.verdicts import SUPPRESS, Verdict
from subscribers.delivery import suppression_review
from subscribers.enums import DeliveryState, SuppressionCause, SuppressionSource
from subscribers.models import Delivery, Subscriber, Suppression
from tests.deliveries import announced
from tests.factories import a_user

pytestmark = pytest.mark.django_db
VERIFY = "550-Verification failed for <r{0}@example.test> id 1zK{0} Sender verify failed"
NOBODY = "550 5.1.1 <r{0}@example.test>: User unknown"


def suppressed(
    reason: str, numbers: range, channel="email", source=SuppressionSource.REPLY, cause=SuppressionCause.REFUSED
) -> None:
    for number in numbers:
        address = f"r{number}@example.test" if channel == "email" else f"+49151{number:08}"
        values = {"channel": channel, "address": address, "source": source, "cause": cause}
        Suppression.objects.create(reason=reason.format(number), **values)


def run(*args) -> tuple[int, str, str]:
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command("suppressions", *args, stdout=out, stderr=err)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue(), err.getvalue()


def id_of(words: str) -> str:
    (found,) = [group.id for group in suppression_review.groups() if words.casefold() in group.words]
    return found


def test_reasons_that_differ_in_addresses_and_numbers_are_one():
    suppressed(VERIFY, range(30))
    suppressed(NOBODY, range(30, 40))
    Suppression.objects.filter(address="r0@example.test").update(created_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    first, second = suppression_review.groups()
    assert (first.number, first.verdict, first.is_doubtful) == (30, Verdict.WE_ARE_REFUSED, True)
    assert (second.number, second.verdict, second.is_doubtful) == (10, Verdict.ADDRESS_DEAD, False)
    _, said, _ = run("review")
    assert f"{first.id}  30 E-mail  The provider, when we handed over  2026-03-01 to " in said
    assert "today: we are refused (doubtful)\n    550 verification failed for … id … sender verify failed" in said
    assert said.endswith("40 suppressed, 30 of them doubtful.\n")


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [
        ("no such number (30005)", Verdict.ADDRESS_DEAD),
        ("not a mobile number (21614: 'To' number is not a valid mobile number)", Verdict.ADDRESS_DEAD),
        ("the owner answered STOP (21610: unsubscribed)", Verdict.OWNER_STOPPED),
        ("the phone cannot be reached (30003)", Verdict.ADDRESS_UNWELL),
        ("SMS to this region is not enabled (21408: Permission)", Verdict.WE_ARE_REFUSED),
        ("the network took it for spam (30007)", Verdict.CONTENT_REFUSED),
        ("undelivered (39999)", Verdict.UNKNOWN),
        ("29999: a new error", Verdict.UNKNOWN),
        ("400: invalid content-type", Verdict.UNKNOWN),
        ("400: number (30005: not ours)", Verdict.UNKNOWN),
        ("403: forbidden", Verdict.WE_ARE_REFUSED),
        ("401: who are you", Verdict.WE_ARE_REFUSED),
        ("413: too long", Verdict.CONTENT_REFUSED),
        ("503: busy", Verdict.PROVIDER_UNWELL),
        ("The gateway says: absent subscriber", Verdict.UNKNOWN),
        ("bounced", None),
        ("told us on the phone, order 12345678", None),
    ],
)
def test_what_a_gateway_said_is_judged_by_todays_rule(reason, verdict):
    suppressed(reason, range(2), channel="sms")
    (group,) = suppression_review.groups()
    assert group.verdict == verdict
    assert group.is_doubtful == (verdict not in (None, *SUPPRESS))
    assert f"today: {group.today}\n" in run("review")[1]


def test_a_gateway_s_refusal_of_us_is_lifted_as_doubtful_and_a_dead_number_is_not():
    suppressed("403: forbidden", range(2), channel="sms")
    suppressed("no such number (30005)", range(2, 3), channel="sms", source=SuppressionSource.REPORT)
    suppressed("bounced", range(3, 4), channel="sms", source=SuppressionSource.REPORT)
    run("review", "--lift", "doubtful", "--yes")
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"no such number (30005)", "bounced"}


def test_what_differs_in_numbers_alone_and_in_meaning_is_not_lifted_together():
    suppressed("no such number (30005)", range(1), channel="sms")
    suppressed("no such number (39999)", range(1, 2), channel="sms")
    suppressed("550 5.1.1 <r{0}@example.test> refused", range(2, 3))
    suppressed("550 5.7.1 <r{0}@example.test> refused", range(3, 4))
    run("review", "--lift", "doubtful", "--yes")
    kept = {"no such number (30005)", "550 5.1.1 <r2@example.test> refused"}
    assert set(Suppression.objects.values_list("reason", flat=True)) == kept


def test_another_witness_or_channel_is_another_group():
    suppressed(NOBODY, range(1))
    suppressed(NOBODY, range(1, 2), source=SuppressionSource.REPORT)
    suppressed("not a mobile number (21614: No)", range(2), channel="sms")
    assert len(suppression_review.groups()) == 3
    assert not any(group.is_doubtful for group in suppression_review.groups())


def test_a_group_is_lifted_and_it_is_said_who_hears_again():
    announced(*(f"r{number}@example.test" for number in range(4)))
    Delivery.objects.update(state=DeliveryState.FAILED)
    Subscriber.objects.filter(address="r3@example.test").update(confirmed_at=None)
    suppressed(VERIFY, range(4))
    suppressed(NOBODY, range(10, 12))
    Suppression.objects.update(created_at=datetime(2026, 3, 1, tzinfo=UTC))
    lena = a_user("lena")
    lena.user_permissions.add(Permission.objects.get(codename="lift_suppressions"))
    code, said, _ = run("review", "--lift", id_of("sender verify"), "--yes", "--by", "lena")
    assert code == 0
    assert "4 lifted. 3 of them are subscribed and hear from the next update on; 3 of their messages had failed" in said
    assert Suppression.objects.count() == 2
    event = AuditEvent.objects.get(action="lifted suppressions")
    assert (event.by, event.detail["suppressions"]) == (lena, 4)
    assert "example.test" not in str(event.detail)


def test_all_that_is_doubtful_is_lifted_at_once_and_nothing_else():
    suppressed(VERIFY, range(3))
    suppressed("550 5.2.1 receiving mail at a rate that is too high", range(3, 5), source=SuppressionSource.REPORT)
    suppressed(NOBODY, range(5, 7))
    suppressed("", range(7, 8), source=SuppressionSource.REPORT, cause=SuppressionCause.COMPLAINED)
    suppressed("503: words that say nothing of a STOP", range(8, 9), channel="sms", cause=SuppressionCause.STOPPED)
    suppressed(VERIFY, range(9, 10), cause=SuppressionCause.ERASED)
    run("review", "--lift", "doubtful", "--yes")
    assert set(Suppression.objects.values_list("address", flat=True)) == {
        *(f"r{number}@example.test" for number in (5, 6, 7, 9)),
        "+4915100000008",
    }


def test_complaints_are_lifted_where_they_are_named():
    suppressed("", range(2), source=SuppressionSource.REPORT, cause=SuppressionCause.COMPLAINED)
    assert run("review", "--lift", id_of("called it spam"), "--yes")[0] == 0
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("cause", "source"),
    [
        (SuppressionCause.STOPPED, SuppressionSource.OWNER),
        (SuppressionCause.STOPPED, SuppressionSource.REPLY),
        (SuppressionCause.ERASED, SuppressionSource.REPLY),
        ("", SuppressionSource.REPLY),  # by the version before, while both were at work: nobody knows
    ],
)
def test_what_its_owner_asked_for_nobody_else_takes_back(cause, source):
    suppressed("503: busy", range(1), channel="sms", source=source, cause=cause)
    (group,) = suppression_review.groups()
    code, _, said = run("review", "--lift", group.id, "--yes")
    assert (code, "only they take it back" in said) == (1, True)
    assert run("lift", "+4915100000000", "--yes")[0] == 1
    with pytest.raises(ValueError, match="owner"):
        suppression_review.lift(group=group, by=None, at=datetime.now(UTC))
    assert Suppression.objects.exists()


def test_one_address_is_lifted():
    suppressed(NOBODY, range(2))
    assert run("lift", "R0@Example.test", "--yes")[0] == 0
    assert Suppression.objects.get().address == "r1@example.test"
    assert AuditEvent.objects.get(action="lifted suppression").by_name == "command line"
    assert run("lift", "r0@example.test", "--yes")[2] == "r0@example.test is not suppressed.\n"


def test_nothing_is_lifted_unasked_or_by_somebody_who_may_not():
    suppressed(VERIFY, range(2))
    a_user("clara")
    for args in (["--lift", "doubtful"], ["--lift", "doubtful", "--yes", "--by", "clara"], ["--lift", "x", "--yes"]):
        assert run("review", *args)[0] == 1
    assert Suppression.objects.count() == 2
    assert not AuditEvent.objects.exists()


def test_where_nothing_is_doubtful_nothing_is_asked():
    suppressed(NOBODY, range(1))
    assert run("review", "--lift", "doubtful") == (0, "Nothing of this is doubtful.\n", "")
