"""Write down what incidents said of their components, and when, from their updates; and the first types of incident.

The version before goes on serving: it reads none of this. What it publishes meanwhile has no period until the next
update of that incident, and holds its components all the same.
"""

from itertools import groupby

from django.db import migrations
from django.db.models import F

TYPES = ["Database", "Network", "Release", "Configuration", "Capacity", "Third party", "Security"]
WITHOUT_FORCE = {"resolved", "completed", "cancelled", "scheduled"}
FINE = "operational"


def begin_types(apps, schema_editor):
    kind = apps.get_model("incidents", "IncidentType")
    if not kind.objects.exists():
        kind.objects.bulk_create(kind(name=name, position=number) for number, name in enumerate(TYPES))


def name_owners(apps, schema_editor):
    incidents = apps.get_model("incidents", "Incident")._default_manager
    incidents.filter(owner=None).exclude(created_by=None).update(owner=F("created_by"))
    incidents.filter(declared_at=None, source_id=None, kind="incident").update(declared_at=F("created_at"))


def write_periods(apps, schema_editor):
    model = {name: apps.get_model("incidents", name) for name in ("Incident", "Component", "StatePeriod")}
    codes = dict(model["Component"].objects.values_list("public_id", "pk"))
    waiting = model["Incident"]._default_manager.filter(periods=None).order_by("pk")
    for incident in waiting.prefetch_related("updates", "affected").iterator(chunk_size=500):
        spans = _of_updates(incident, codes)
        told = {key for key, *_ in spans}
        spans += [span for row in incident.affected.all() if row.component_id not in told for span in _whole(incident, row)]
        model["StatePeriod"].objects.bulk_create(
            model["StatePeriod"](incident=incident, component_id=key, status=status, began_at=begin, ended_at=end)
            for key, status, begin, end in spans
            if end is None or end > begin
        )
    _write_own(apps)


def _of_updates(incident, codes):
    """Return (component, status, begin, end) as the updates tell it, oldest first; public components alone are
    named there."""
    now, spans = {}, []
    for update in sorted(incident.updates.all(), key=lambda one: (one.display_at, one.pk)):
        is_over = update.status in WITHOUT_FORCE
        said = {codes[row["code"]]: row["new_status"] for row in update.affected_components if row["code"] in codes}
        for key in set(said) | (set(now) if is_over else set()):
            status = FINE if is_over else said[key]
            if key in now and now[key][0] != status:
                spans.append((key, *now.pop(key), update.display_at))
            if status != FINE and key not in now:
                now[key] = (status, update.display_at)
    return spans + [(key, *begun, incident.resolved_at) for key, begun in now.items()]


def _whole(incident, row):
    """Return the one span of a component that no update names, from begin to end; none of what never began."""
    is_at_work = incident.kind == "incident" or incident.status in ("in_progress", "verifying", "completed")
    if row.status == FINE or not is_at_work:
        return []
    return [(row.component_id, row.status, incident.scheduled_for or incident.started_at, incident.resolved_at)]


def _write_own(apps):
    """From the changes that no incident made: until the next change, or until now."""
    change, period = apps.get_model("incidents", "StatusChange"), apps.get_model("incidents", "StatePeriod")
    own = change.objects.filter(component__in=change.objects.filter(incident=None).values("component"))
    own = own.exclude(component__periods__incident=None, component__periods__isnull=False)
    for _, rows in groupby(own.select_related("component").order_by("component_id", "at", "id"), lambda one: one.component_id):
        rows = list(rows)
        ends = [*(row.at for row in rows[1:]), None]
        period.objects.bulk_create(
            period(component_id=row.component_id, status=row.status, began_at=row.at, ended_at=end)
            for row, end in zip(rows, ends)
            if row.incident_id is None and row.status != FINE and (end is None or end > row.at)
        )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0009_keep_state_periods")]
    operations = [
        migrations.RunPython(begin_types, migrations.RunPython.noop),
        migrations.RunPython(name_owners, migrations.RunPython.noop),
        migrations.RunPython(write_periods, migrations.RunPython.noop),
    ]
