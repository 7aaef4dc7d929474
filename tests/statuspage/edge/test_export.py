import gzip
import json
import os
from datetime import timedelta
from io import StringIO

import brotli
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from incidents.actions import catalogue, merging
from incidents.models import Incident
from statuspage.edge import export
from statuspage.edge.answer import CONFIRMATION_MARK, Answer
from statuspage.edge.disk_store import DiskStore
from tests.factories import a_component, a_user, an_open_incident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_connection")]


@pytest.fixture(autouse=True)
def _static_files(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    (settings.STATIC_ROOT / "js").mkdir(parents=True)
    (settings.STATIC_ROOT / "js" / "time.1234.js").write_text("1")
    settings.DATA_DIR = tmp_path / "data"


def export_site(directory) -> str:
    out = StringIO()
    call_command("export_site", str(directory), stdout=out, stderr=out)
    return out.getvalue()


def paths(directory) -> set[str]:
    files = (file.relative_to(directory).as_posix() for file in directory.rglob("*") if file.is_file())
    return {name for name in files if not name.endswith((".gz", ".br"))}


def test_every_public_answer_is_a_file_that_any_server_can_send(tmp_path):
    component = a_component(name="Checkout")
    incident = an_open_incident(component, title="Checkout is slow").incident
    site = tmp_path / "site"
    said = export_site(site)
    wanted = {
        "index.html",
        "history/index.html",
        "updates.rss",
        "updates.atom",
        "updates.json",
        "history.rss",
        "history.atom",
        "history.json",
        "api/v2/summary.json",
        "api/v2/incidents/unresolved.json",
        "badge.svg",
        "maintenances.ics",
        "sitemap.xml",
        "robots.txt",
        "embed.js",
        "static/js/time.1234.js",
        f"incidents/{incident.public_id}/index.html",
        f"components/{component.public_id}/index.html",
    }
    assert wanted <= paths(site)
    assert "public answers are in" in said
    assert not {name for name in paths(site) if name.startswith(("admin", "subscri", "outbox"))}
    page = (site / "index.html").read_bytes()
    assert b"Checkout is slow" in page
    assert gzip.decompress((site / "index.html.gz").read_bytes()) == page
    assert brotli.decompress((site / "index.html.br").read_bytes()) == page
    assert json.loads((site / "api/v2/summary.json").read_bytes())["incidents"][0]["name"] == "Checkout is slow"
    assert (site / "index.html").stat().st_mode & 0o044 == 0o044


def test_the_past_is_followed_through_its_months(tmp_path):
    old = an_open_incident(a_component(), at=timezone.now() - timedelta(days=400)).incident
    Incident.objects.filter(pk=old.pk).update(status="resolved", resolved_at=old.started_at + timedelta(hours=1))
    export_site(tmp_path / "site")
    assert f"history/{old.started_at:%Y-%m}/index.html" in paths(tmp_path / "site")
    assert f"incidents/{old.public_id}/index.html" in paths(tmp_path / "site")


def test_what_is_public_no_more_goes_with_the_next_export(tmp_path):
    incident = an_open_incident(a_component()).incident
    site = tmp_path / "site"
    export_site(site)
    assert f"incidents/{incident.public_id}/index.html" in paths(site)
    catalogue.set_visibility(incident=incident, is_public=False, by=a_user(), at=timezone.now())
    export_site(site)
    assert not [name for name in paths(site) if incident.public_id in name]
    assert not (site / "incidents").exists()


def test_the_address_of_what_was_merged_goes_on_to_tell(tmp_path):
    gone, goes_on = (an_open_incident(a_component(), title=title).incident for title in ("Cards fail", "Shop is down"))
    merging.merge(incident=gone, into=goes_on, body="Both are one.", by=None, at=timezone.now())
    site = tmp_path / "site"
    export_site(site)
    for incident in (gone, goes_on):
        page = (site / "incidents" / incident.public_id / "index.html").read_text()
        assert "Both are one." in page
        assert f'rel="canonical" href="{goes_on.get_public_url()}"' in page


def test_a_directory_with_anything_else_in_it_is_left_alone(tmp_path):
    site = tmp_path / "home"
    site.mkdir()
    (site / "thesis.txt").write_text("mine")
    with pytest.raises(CommandError, match="was not made by export_site"):
        export_site(site)
    assert paths(site) == {"thesis.txt"}


def test_a_fault_of_the_program_removes_nothing(tmp_path):
    site = tmp_path / "site"
    written = export.write(site, iter([("/", answer(b"one")), ("/history/", answer(b"two"))]))
    assert list(written) == ["/", "/history/"]
    ask = {"/": ("200 OK", [], b'<a href="/history/">'), "/history/": ("500 Internal Server Error", [], b"")}
    found = export.answers(lambda path: ask.get(path, ("404 Not Found", [], b"")), lambda path: path in ask)
    with pytest.raises(export.NotWritten, match="/history/ cannot be built: 500"):
        list(export.write(site, found))
    assert (site / "history" / "index.html").read_bytes() == b"two"


def test_a_path_that_leads_out_is_refused(tmp_path):
    with pytest.raises(ValueError, match="leads out"):
        list(export.write(tmp_path / "site", iter([("/../../evil", answer(b"x"))])))
    assert not (tmp_path / "evil").exists()


def test_while_the_database_is_away_what_was_kept_is_written_and_says_how_old_it_is(tmp_path, settings, monkeypatch):
    def away(*_):
        raise OperationalError("away")

    monkeypatch.setattr(connection, "ensure_connection", away)
    with pytest.raises(CommandError, match="no web process has kept an answer"):
        export_site(tmp_path / "site")
    disk_store = DiskStore(settings.DATA_DIR / "published")
    disk_store.store("/", answer(b"All is well. " + CONFIRMATION_MARK))
    disk_store.confirm()
    os.utime(disk_store.directory / "confirmed", (1_000_000_000, 1_000_000_000))
    assert "last confirmed 09 Sep 01:46 UTC" in export_site(tmp_path / "site")
    assert b"We cannot confirm that this is current." in (tmp_path / "site" / "index.html").read_bytes()


def answer(body: bytes) -> Answer:
    return Answer("200 OK", [("Content-Type", "text/html")], body, 1)
