from django.db import migrations


def leave_by_hand(apps, schema_editor):
    """What was planned before was planned to be begun and ended by hand, and stays so."""
    planned = apps.get_model("incidents", "Incident")._default_manager.filter(kind="maintenance", begins_itself=None)
    planned.exclude(status__in=("completed", "cancelled")).update(begins_itself=False, ends_itself=False)


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0017_run_planned_work'),
    ]

    operations = [
        migrations.RunPython(leave_by_hand, migrations.RunPython.noop, elidable=True),
    ]
