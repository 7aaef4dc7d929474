"""What is said of an internal incident is told to staff alone, once, and to nobody outside."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group

from incidents.actions import publishing
from incidents.enums import Act
from incidents.models import Announcement, Message
from statuspage.accounts.roles import LEAD, SUPPORT
from tests.factories import a_component, a_user, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def a_member(role, **kwargs):
    user = a_user(**kwargs)
    user.groups.add(Group.objects.get(name=role))
    return user


def test_whoever_may_publish_is_told_but_for_its_author_and_support():
    author, other = a_member(LEAD), a_member(LEAD)
    a_member(SUPPORT)
    a_member(LEAD, is_active=False)
    incident = an_open_incident(a_component(), is_public=False, title="CI is down", by=author, at=NOON).incident
    message = Message.objects.get()
    assert (message.person, message.title, message.incident) == (other, "Internal: Investigating: CI is down", incident)
    assert message.path == f"/admin/console/incidents/{incident.public_id}/"
    assert not Announcement.objects.exists()


def test_the_same_update_sent_twice_tells_once_and_what_is_public_tells_no_staff():
    a_member(LEAD)
    for _ in range(2):
        an_open_incident(is_public=False, at=NOON, request_key="one")
    assert Message.objects.count() == 1
    an_open_incident(at=NOON)
    assert Message.objects.count() == 1


def test_its_first_words_for_the_public_go_to_the_public():
    a_member(LEAD)
    incident = an_open_incident(is_public=False, at=NOON).incident
    publishing.post_update(
        incident=incident, status="investigating", body="It fails.", act=Act.MAKE_PUBLIC, by=None, at=NOON
    )
    assert Message.objects.count() == 1
    assert Announcement.objects.get().body == "It fails."
