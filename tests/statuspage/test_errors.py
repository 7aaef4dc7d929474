"""Refused and failed requests: readable, in the site's looks, without a traceback."""

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory

from incidents.models import Site
from statuspage import errors

WORDS = {
    "400": "We cannot read this request.",
    "403": "This is not open to you.",
    "404": "There is nothing at this address.",
    "500": "Something failed on our side.",
}


def assert_in_our_looks(response, status, words):
    html = response.content.decode()
    assert response.status_code == status
    assert words in html
    assert "<style>@layer tokens," in html
    assert response["Cache-Control"] == "no-store"
    assert "Traceback" not in html


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/nowhere/", "/incidents/000000000000/", "/history/2026-99/", "/admin/nowhere/x/"])
def test_an_unknown_address(client, path):
    Site.objects.create(pk=1, name="Northwind")
    response = client.get(path, follow=True)
    if path.startswith("/admin"):
        assert response.status_code == 200, "the admin asks who it is first"
    else:
        assert_in_our_looks(response, 404, WORDS["404"])
        assert "Northwind status" in response.content.decode()


@pytest.mark.parametrize("host", ["evil.example", "", "a b"])
def test_a_host_that_is_not_ours(client, host):
    response = client.get("/", headers={"host": host})
    assert_in_our_looks(response, 400, WORDS["400"])
    assert "evil" not in response.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token():
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x", "password": "y"})
    assert_in_our_looks(response, 403, "We did not accept this form.")


@pytest.mark.django_db
def test_a_method_that_an_address_does_not_know(client):
    response = client.post("/")
    assert_in_our_looks(response, 405, "This address cannot be used in that way.")
    assert response["Allow"] == "GET, HEAD"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/history.rss", "/api/v2/nowhere.json", "/healthz"])
def test_a_wrong_method_is_no_form_without_its_token(path):
    response = Client(enforce_csrf_checks=True).post(path)
    assert_in_our_looks(response, 405, "This address cannot be used in that way.")
    assert response["Allow"] == "GET, HEAD"


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "BREW"])
@pytest.mark.parametrize("path", ["/", "/subscribe/"])
def test_a_method_that_no_form_sends(method, path):
    response = Client(enforce_csrf_checks=True).generic(method, path)
    assert_in_our_looks(response, 405, "This address cannot be used in that way.")
    assert "GET, HEAD" in response["Allow"]


@pytest.mark.django_db
def test_the_log_in_says_what_it_is(client):
    answer = client.get("/admin/login/").text
    assert answer.count("<h1") == 1
    assert 'rel="icon"' in answer


@pytest.mark.django_db
def test_somebody_who_may_not():
    assert_in_our_looks(errors.permission_denied(RequestFactory().get("/")), 403, WORDS["403"])


def test_a_fault_is_told_without_the_database(client, monkeypatch):
    """No django_db: any query would raise."""
    monkeypatch.setattr("incidents.page.overview.build", lambda at: 1 / 0)
    client.raise_request_exception = False
    assert_in_our_looks(client.get("/"), 500, WORDS["500"])


@pytest.mark.django_db(transaction=True)
def test_an_unknown_address_is_told_while_the_database_refuses():
    with connection.execute_wrapper(_refuse):
        assert_in_our_looks(errors.page_not_found(RequestFactory().get("/x/")), 404, WORDS["404"])


def _refuse(execute, sql, params, many, context):
    raise OperationalError("the database is away")
