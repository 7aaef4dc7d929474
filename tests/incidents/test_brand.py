"""The brand in the Site row: what the admin takes and refuses, and how the page and the mail wear it."""

import struct

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incidents.models import Site
from statuspage.lib.colour import TEXT, least_contrast
from statuspage.lib.palette import accents, schemes
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40"><script>alert(1)</script></svg>'
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 64, 32) + b"\x08\x06\0\0\0"


@pytest.fixture
def admin(db):
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    return client


def save(admin, **changes):
    site = Site.load()
    values = {"name": site.name, "time_zone": site.time_zone, "language": site.language, "support_url": ""}
    values |= {"home_url": "", "legal_url": ""}
    values |= {"accent": site.accent} | changes
    return admin.post(reverse("admin:incidents_site_change", args=[site.pk]), values)


def upload(content: bytes, name="logo.bin"):
    return SimpleUploadedFile(name, content)


def test_an_accent_is_worn_in_both_schemes_and_by_the_mail(admin, client):
    before = Site.load().page_version
    assert save(admin, accent="#7A1FA2").status_code == 302
    site = Site.load()
    assert (site.accent, site.page_version) == ("#7a1fa2", before + 1)
    html = client.get("/").content.decode()
    assert f"--accent:{site.accents.light}" in html
    assert f"--accent:{site.accents.dark}" in html


@pytest.mark.parametrize(
    ("accent", "words"),
    [
        ("#f5c400", ["1.4 to 1", "4.5 is needed", "The nearest colour that works is #"]),
        ("blue", ["Write it as # and six digits"]),
        ("#1b4f9", ["Write it as # and six digits"]),
    ],
)
def test_a_wrong_accent_is_refused_in_words_and_what_was_typed_stays(admin, accent, words):
    response = save(admin, accent=accent, name="Northwind")
    html = response.content.decode()
    assert response.status_code == 200
    assert 'value="Northwind"' in html
    assert all(word in html for word in words)
    assert Site.load().accent == ""


@pytest.mark.parametrize("colour", ["#000000", "#7a1fa2", "#b3202c", "#006644"])
def test_the_accent_for_dark_screens_is_text_on_all_of_their_grounds(colour):
    dark = schemes()[1]
    assert least_contrast(accents(colour).dark, (*dark.grounds, dark.named["accent-ink"])) >= TEXT


def test_links_of_the_brand_stand_on_the_page(admin, client):
    save(admin, name="Northwind", home_url="https://northwind.example/", legal_url="https://northwind.example/legal")
    for path in ("/", "/history/", "/subscribe/", "/nowhere/"):
        html = client.get(path).content.decode()
        assert '<a href="https://northwind.example/"><bdi>Northwind</bdi></a>' in html
        assert '<a href="https://northwind.example/legal">Legal and privacy</a>' in html


@pytest.mark.parametrize(("content", "kind", "width"), [(SVG, "image/svg+xml", 96), (PNG, "image/png", 64)])
def test_a_logo_is_told_by_its_bytes_and_shown_with_its_size(admin, client, content, kind, width):
    assert save(admin, name="Northwind", new_logo=upload(content)).status_code == 302
    html = client.get("/").content.decode()
    assert f'<img src="/logo" alt="Northwind" width="{width}" height="32">' in html
    response = client.get("/logo")
    assert (response.content, response["Content-Type"]) == (content, kind)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert response["Cache-Control"].startswith("public")


def test_a_logo_can_be_taken_away(admin, client):
    save(admin, new_logo=upload(SVG))
    save(admin, remove_logo="on")
    assert client.get("/logo").status_code == 404
    assert "<img" not in client.get("/").content.decode()


def test_what_is_saved_without_a_new_logo_keeps_the_old(admin, client):
    save(admin, new_logo=upload(SVG))
    save(admin, name="Northwind")
    assert client.get("/logo").content == SVG


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GIF89a" + b"\0" * 20, "This is not a picture that every browser shows"),
        (b"<html><svg/></html>", "This is not a picture that every browser shows"),
        (b"\x89PNG\r\n\x1a\n", "This is not a picture that every browser shows"),
        (b'<!DOCTYPE svg [<!ENTITY a "a">]>' + SVG, "This is not a picture that every browser shows"),
        (SVG.replace(b"120 40", b"1200 40"), "30 times as wide as it is high"),
        (SVG + b" " * 64_000, "a logo may have 64,000"),
        (b"", "empty"),
    ],
)
def test_what_is_no_logo_is_refused_in_words(admin, content, words):
    response = save(admin, new_logo=upload(content))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert Site.load().logo_type == ""


def test_a_page_does_not_read_the_logo(admin, client):
    save(admin, new_logo=upload(PNG))
    an_open_incident(a_component())
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    assert not [query for query in queries if '"incidents_site"."logo",' in query["sql"]]
