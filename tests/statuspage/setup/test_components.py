"""Pasting components on the screen."""

import pytest
from django.urls import reverse

from incidents.models import Component
from tests.factories import a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(client):
    client.force_login(a_user("ana", is_superuser=True))
    return lambda **values: client.post(reverse("setup:components"), values)


def test_a_preview_adds_nothing(post):
    answer = post(text="Shop:\nCheckout")
    assert answer.status_code == 200
    assert "Checkout" in answer.content.decode()
    assert not Component.objects.exists()


def test_what_is_pasted_is_added_once_however_often_it_is_pressed(post):
    for _ in range(2):
        assert post(text="Shop:\nCheckout", add="1").status_code == 302
    assert list(Component.objects.values_list("group__name", "name")) == [("Shop", "Checkout")]


def test_what_cannot_be_taken_comes_back_with_its_line(post):
    answer = post(text="Shop:\nCheckout\nCheckout", add="1")
    assert answer.status_code == 422
    assert "Line 3" in answer.content.decode()
    assert "Shop:" in answer.content.decode()
    assert not Component.objects.exists()


def test_nothing_pasted_is_said(post):
    assert post(text="", add="1").status_code == 422
