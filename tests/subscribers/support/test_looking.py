"""S35: support sees whom it has a case with, or whom it asked for by the whole address."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.audit_verbs import AuditVerb
from incidents.models import AuditEvent
from subscribers.models import Subscriber
from subscribers.support import looking
from subscribers.support.linking import link_customer
from tests.factories import a_subscriber, a_user


@pytest.fixture
def stranger():
    return a_subscriber("carl@example.com")


def page_of(subscriber, key="") -> str:
    return reverse("support:customer-deliveries", args=[subscriber.pk]) + (f"?key={key}" if key else "")


def looks() -> int:
    return AuditEvent.objects.filter(action=AuditVerb.LOOKED_AT_SUBSCRIBER).count()


def test_s35_support_does_not_leaf_through_subscribers_by_number(support, incident):
    for number in range(5):
        a_subscriber(f"reader{number}@example.com")
    link_customer(incident=incident, name="Ada", contact="ada@example.com", by=None, at=timezone.now())
    first, *_, last = Subscriber.objects.order_by("pk").values_list("pk", flat=True)
    pages = [reverse("support:customer-deliveries", args=[pk]) for pk in range(first - 1, last + 5)]
    answers = [support.get(page) for page in pages]
    assert [answer.status_code for answer in answers].count(200) == 1
    assert not any("reader" in answer.text for answer in answers)


def test_s35_the_whole_address_leads_to_its_subscriber(support, stranger):
    found = support.get(reverse("support:home"), {"q": "Carl@example.com"})
    key = found.context["key"]
    assert f"{page_of(stranger)}?{urlencode({'key': key})}" in found.text
    assert "carl@example.com" in support.get(page_of(stranger, key)).text
    assert "carl@example.com" not in support.get(reverse("support:home"), {"q": "carl"}).text


def test_s35_a_key_is_for_one_subscriber_and_one_user(support, stranger):
    key = support.get(reverse("support:home"), {"q": "carl@example.com"}).context["key"]
    other = a_subscriber("dora@example.com")
    assert support.get(page_of(other, key)).status_code == 404
    assert support.get(page_of(stranger, looking.key_for(a_user(), stranger))).status_code == 404
    for wrong in (key[:-1], key + "x", "x", "%00", "a:b:c", "\u00fc"):
        assert support.get(page_of(stranger, wrong)).status_code == 404


def test_s35_a_key_ends(support, stranger, monkeypatch):
    key = support.get(reverse("support:home"), {"q": "carl@example.com"}).context["key"]
    monkeypatch.setattr(looking, "KEY_LASTS", timedelta(seconds=-1))
    assert support.get(page_of(stranger, key)).status_code == 404


def test_s35_who_may_view_subscribers_looks_at_any(lead, stranger):
    assert lead.get(page_of(stranger)).status_code == 200


def test_s35_a_look_is_audited_once_for_its_pages_and_reloads(lead, support, stranger):
    for page in ("", "&page=2", "&page=1"):
        lead.get(page_of(stranger) + f"?{page}")
    assert looks() == 1
    support.get(page_of(stranger))  # refused
    assert looks() == 1
    AuditEvent.objects.update(at=timezone.now() - looking.KEY_LASTS)
    lead.get(page_of(stranger))
    assert looks() == 2
