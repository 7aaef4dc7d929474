"""What tests that commit leave to each other."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection

from tests.emptying import Emptying
from tests.factories import a_component, a_subscriber, a_user, an_open_incident

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def emptying():
    emptying = Emptying()
    emptying.after_test()
    return emptying


def counted() -> dict[str, int]:
    """How many rows each model has."""
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def test_what_a_flush_leaves_is_left_and_nothing_else(emptying):
    call_command("flush", interactive=False, verbosity=0)
    flushed = counted()
    a_user().groups.add(Group.objects.first())
    an_open_incident(a_component())
    a_subscriber()
    assert counted() != flushed
    emptying.after_test()
    assert counted() == flushed
    assert flushed["auth.Group"]


def test_a_role_that_was_changed_comes_back(emptying):
    names = set(Group.objects.values_list("name", flat=True))
    Group.objects.first().delete()
    Group.objects.create(name="Of this test")
    emptying.after_test()
    assert set(Group.objects.values_list("name", flat=True)) == names


def test_a_table_that_grew_large_is_as_small_as_a_new_one(emptying, monkeypatch):
    monkeypatch.setattr("tests.emptying.LARGE", 8192)  # one page
    a_component()
    emptying.after_test()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('incidents_component')")
        assert cursor.fetchone() == (0,)
