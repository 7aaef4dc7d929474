"""A pop-up refers by the key alone: what names another field is answered 400, and never 500."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db
ADD = "/admin/incidents/component/add/"


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    return client


@pytest.mark.parametrize("name", ["incidents", "pk", "name", "password", "*", "id\0"])
def test_another_field_is_refused(admin, name):
    assert admin.post(ADD, {"_to_field": name}).status_code == 400
    assert admin.get(ADD, {"_to_field": name}).status_code == 400


@pytest.mark.parametrize("name", ["id", ""])
def test_the_key_is_taken(admin, name):
    assert admin.get(ADD, {"_to_field": name}).status_code == 200
