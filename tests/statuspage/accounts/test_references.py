"""A pop-up refers by the key alone: what names another field is answered 400, and never 500."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories import a_component

pytestmark = pytest.mark.django_db
ADD = "/admin/incidents/component/add/"


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    return client


@pytest.mark.parametrize("name", ["", "incidents", "pk", "name", "password", "*", "id\0"])
def test_another_field_is_refused(admin, name):
    change = f"/admin/incidents/component/{a_component().pk}/change/"
    for address in (ADD, change):
        assert admin.post(address, {"_to_field": name}).status_code == 400
        assert admin.get(address, {"_to_field": name}).status_code == 400


def test_the_key_is_taken(admin):
    assert admin.get(ADD, {"_to_field": "id"}).status_code == 200
