"""However long the past is, no public answer reads all of it: PostgreSQL's own word, over ten thousand incidents."""

import re

import pytest
from django.db import connection
from django.urls import reverse

from incidents.actions import publishing, scheduling
from incidents.enums import MaintenanceStatus
from incidents.models import Announcement, Incident, IncidentUpdate
from tests.factories import a_component, an_open_incident
from tests.incidents.histories import BEGIN

pytestmark = pytest.mark.django_db
INCIDENTS, UPDATES, CHANGES = 10_000, 40_000, 50_000
GROWS = re.compile(r"Seq Scan on incidents_(incident|incidentupdate|incidentcomponent|announcement|statuschange)\b")


def copies(row, times, **columns):
    """So many more rows like `row`; of `columns` the values are SQL, in which n counts from 1."""
    names = [field.column for field in row._meta.concrete_fields if not field.primary_key]
    values = ", ".join(columns.get(name, f'"{name}"') for name in names)
    table = row._meta.db_table
    quoted = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({quoted}) SELECT {values} FROM {table}, generate_series(1, %s) n WHERE id = %s",
            [times, row.pk],
        )


@pytest.fixture
def component():
    parts = [a_component() for _ in range(40)]
    closed = an_open_incident(parts[0]).incident
    publishing.post_update(incident=closed, status="resolved", body="Over.", by=None, at=BEGIN)
    work = scheduling.schedule_maintenance(
        title="Work",
        body="We work.",
        components=parts[:1],
        scheduled_for=BEGIN,
        scheduled_until=BEGIN.replace(hour=23),
        by=None,
        at=BEGIN,
    ).incident
    publishing.post_update(incident=work, status=MaintenanceStatus.CANCELLED, body="No.", by=None, at=BEGIN)
    a_long_past(closed, work)
    an_open_incident(*parts[:2])
    return parts[0]


def a_long_past(closed, work):
    code, ago = "lpad(n::text, 12, 'x')", f"now() - n * interval '5 years' / {INCIDENTS}"
    times = {"started_at": ago, "resolved_at": f"{ago} + interval '1 hour'", "updated_at": ago}
    copies(closed, INCIDENTS, public_id=code, **times)
    window = {"scheduled_for": ago, "scheduled_until": f"{ago} + interval '1 hour'"}
    copies(work, INCIDENTS // 10, public_id="lpad(n::text, 12, 'm')", **times | window)
    first = Incident.objects.order_by("pk")[1].pk
    of = f"{first} + n %% {INCIDENTS}"
    last = f"now() - n * interval '5 years' / {UPDATES}"
    copies(closed.updates.first(), UPDATES, public_id=code, incident_id=of, display_at=last)
    update = IncidentUpdate.objects.filter(incident_id__gte=first).order_by("pk").first().pk
    copies(Announcement.objects.first(), UPDATES, public_id=code, incident_id=of, update_id=f"{update} + n - 1")
    row = closed.affected.get()
    other = f"{row.component_id} + (n + n / {INCIDENTS}) %% 40"
    copies(row, 2 * INCIDENTS, incident_id=of, component_id=other)
    copies(
        row.component.status_changes.first(),
        CHANGES,
        component_id=other,
        at=f"now() - n * interval '5 years' / {CHANGES}",
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def plans(client, path):
    """(query, plan) of all that is asked for `path`."""
    asked = []

    def remember(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(remember):
        assert client.get(path).status_code == 200
    with connection.cursor() as cursor:
        for sql, params in asked:
            cursor.execute(f"EXPLAIN {sql}", params)
            yield sql, "\n".join(line for (line,) in cursor.fetchall())


def test_no_public_answer_reads_the_whole_past(client, component):
    code = [component.public_id]
    # But for the sitemap, which lists the whole past: there a scan is the right plan.
    fixed = ["page", "updates-atom", "history-rss", "history-atom", "history-json", "maintenances-ics", "badge"]
    v2 = ["summary", "status", "components", "incidents", "incidents-unresolved", "maintenances"]
    paths = [reverse(name) for name in [*fixed, *(f"v2-{name}" for name in v2)]]
    of_one = ["component", "component-updates-atom", "component-history-atom", "component-badge"]
    paths += [reverse(name, args=code) for name in of_one]
    paths += [Incident.objects.open().get().get_absolute_url(), "/history/2025-03/"]
    found = []
    for path in paths:
        for sql, plan in plans(client, path):
            counts_every_month = path.startswith("/history/") and "DATE_TRUNC" in sql
            if GROWS.search(plan) and not counts_every_month:
                found.append(f"{path}: {sql}\n{plan}")
    assert not found, "\n\n".join(found)
