"""A member of staff proves where they are reached, by a code that goes the real way."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from incidents.models import AuditEvent, Message
from subscribers.addresses import normalise
from subscribers.delivery import dispatch, pauses
from subscribers.models import Contact
from subscribers.staff import contacts
from tests.factories import a_user

pytestmark = pytest.mark.django_db
MAIL = normalise("lead@example.test")


@pytest.fixture
def lead():
    return a_user("lead")


def code_sent() -> str:
    return re.search(r"\d{6}", Message.objects.first().title)[0]


def verified(lead) -> Contact:
    contact = contacts.send_code(person=lead, address=MAIL, at=timezone.now())
    contacts.confirm(contact=contact, code=code_sent(), at=timezone.now())
    return Contact.objects.get()


def test_a_code_goes_to_the_address_and_proves_it(lead, smtp_sink):
    contact = contacts.send_code(person=lead, address=MAIL, at=timezone.now())
    assert not Contact.objects.usable().exists()
    pauses.pause(reason="Nothing goes out.", by=None, at=timezone.now())
    dispatch.dispatch()
    assert [(mail["to"], mail["subject"]) for mail in smtp_sink.journal.entries()] == [
        (MAIL.address, f"{code_sent()} is your code")
    ]
    contacts.confirm(contact=contact, code=f" {code_sent()} ", at=timezone.now())
    assert Contact.objects.usable().get().person == lead
    assert AuditEvent.objects.first().by == lead


def test_a_wrong_code_is_counted_and_after_five_none_is_right(lead):
    contact = contacts.send_code(person=lead, address=MAIL, at=timezone.now())
    wrong = "000000" if code_sent() != "000000" else "000001"
    for said in ("4 tries are left", "3 tries", "2 tries", "1 try is left", "not valid any more"):
        with pytest.raises(ValidationError, match=said):
            contacts.confirm(contact=contact, code=wrong, at=timezone.now())
    with pytest.raises(ValidationError, match="Send a new one"):
        contacts.confirm(contact=contact, code=code_sent(), at=timezone.now())
    assert Contact.objects.get().verified_at is None


def test_a_code_is_good_once_and_for_a_quarter_of_an_hour(lead):
    contact = contacts.send_code(person=lead, address=MAIL, at=timezone.now())
    with pytest.raises(ValidationError, match="not valid any more"):
        contacts.confirm(contact=contact, code=code_sent(), at=timezone.now() + timedelta(minutes=15))
    contacts.confirm(contact=contact, code=code_sent(), at=timezone.now())
    with pytest.raises(ValidationError, match="not valid any more"):
        contacts.confirm(contact=contact, code=code_sent(), at=timezone.now())


def test_codes_are_not_sent_faster_than_one_a_minute(lead):
    at = timezone.now()
    contacts.send_code(person=lead, address=MAIL, at=at)
    with pytest.raises(ValidationError, match="Wait for it"):
        contacts.send_code(person=lead, address=MAIL, at=at + timedelta(seconds=59))
    first = code_sent()
    contacts.send_code(person=lead, address=MAIL, at=at + timedelta(seconds=60))
    with pytest.raises(ValidationError):
        contacts.confirm(contact=Contact.objects.get(), code=first, at=at + timedelta(seconds=61))


def test_another_address_has_to_be_proved_anew_and_the_same_stays_proved(lead):
    verified(lead)
    later = timezone.now() + timedelta(minutes=2)
    contacts.send_code(person=lead, address=MAIL, at=later)
    assert Contact.objects.usable().exists()
    other = normalise("other@example.test")
    contacts.send_code(person=lead, address=other, at=later + timedelta(minutes=2))
    assert not Contact.objects.usable().exists()


def test_what_is_removed_is_gone(lead):
    contacts.remove(contact=verified(lead), at=timezone.now())
    assert not Contact.objects.exists()
