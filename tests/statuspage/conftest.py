"""The edge and the door over the program itself, in the test's own transaction; and who asks."""

from functools import partial

import pytest
from django.contrib.auth.models import Group
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from incidents.models import Site
from statuspage.accounts.roles import LEAD
from statuspage.edge import internal_get
from statuspage.edge.answer_cache import AnswerCache
from statuspage.edge.application import Edge
from statuspage.edge.disk_store import DiskStore
from statuspage.edge.door import Door
from tests.factories import a_user
from tests.statuspage.edge.stage import Stage


@pytest.fixture
def stage():
    return Stage()


@pytest.fixture
def one_connection():
    """The test's transaction outlives a request, as with Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def edge_over_django(tmp_path, settings, one_connection):
    settings.ALLOWED_HOSTS = ["status.example.test"]
    django = WSGIHandler()
    cache = AnswerCache(
        ask=partial(internal_get.ask, django),
        read_versions=lambda: (Site.load().page_version, Site.load().oldest_shown),
        disk_store=DiskStore(tmp_path / "published", is_lasting=internal_get.is_lasting),
    )
    return Edge(django, cache, is_public=internal_get.is_public, slots=1, held=2)


@pytest.fixture
def door_over_django(edge_over_django):
    """As wsgi.py puts them together."""
    django = edge_over_django.django
    return Door(
        edge_over_django,
        django,
        refuse=partial(internal_get.refuse, django),
        is_public=internal_get.is_public,
        is_from_anywhere=internal_get.is_from_anywhere,
    )


@pytest.fixture
def lead():
    user = a_user("lead")
    user.groups.add(Group.objects.get(name=LEAD))
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(user)
    return client
