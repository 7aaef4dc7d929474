"""The policy lets through the one style that the page carries, and no other."""

import base64
import hashlib
import re

import pytest
from django.conf import settings
from django.test import override_settings

from incidents.models import Site
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db


def style_and_sources(response) -> tuple[str, list[str]]:
    css = re.search(r"<style>(.*?)</style>", response.content.decode(), re.DOTALL)[1]
    return css, re.search(r"style-src ([^;]*)", response["Content-Security-Policy"])[1].split()


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("kind", ["page", "incident", "component", "history", "subscribe", "missing"])
def test_the_hash_in_the_policy_is_that_of_the_style_in_the_page(client, kind, debug):
    component = a_component()
    incident = an_open_incident(component).incident
    paths = {
        "page": "/",
        "incident": incident.get_absolute_url(),
        "component": f"/components/{component.public_id}/",
        "history": "/history/",
        "subscribe": "/subscribe/",
        "missing": "/nowhere/",
    }
    with override_settings(DEBUG=debug and kind != "missing"):
        css, sources = style_and_sources(client.get(paths[kind]))
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert set(sources) == {"'self'", f"'sha256-{digest}'"}


def test_an_answer_without_a_style_allows_none(client):
    Site.load()
    assert "sha256" not in client.get("/admin/login/")["Content-Security-Policy"]


def test_a_304_leaves_the_policy_of_the_kept_page_alone(client, time_machine):
    time_machine.move_to("2026-11-21T12:00:20Z", tick=False)
    etag = client.get("/")["ETag"]
    answer = client.get("/", headers={"if-none-match": etag})
    assert answer.status_code == 304
    assert "Content-Security-Policy" not in answer


def test_the_page_that_stands_in_for_the_page_allows_its_own_style():
    html = (settings.BASE_DIR / "statuspage" / "edge" / "unavailable.html").read_text()
    css = re.search(r"<style>(.*?)</style>", html)[1]
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in html
