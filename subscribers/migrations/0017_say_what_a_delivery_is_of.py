from django.db import migrations, models, transaction
from django.db.models import Q

RULES = [
    models.CheckConstraint(
        condition=Q(announcement__isnull=False, confirmation=None, message=None)
        | Q(announcement=None, confirmation__isnull=False, message=None)
        | Q(announcement=None, confirmation=None, message__isnull=False),
        name="delivery_of_one_thing",
    ),
    models.CheckConstraint(
        condition=Q(subscriber__isnull=False, contact=None)
        | Q(subscriber=None, contact__isnull=False, message__isnull=False),
        name="delivery_to_one_recipient",
    ),
]
INDEXES = [
    models.UniqueConstraint(
        "message", "subscriber", condition=Q(message__isnull=False), name="delivery_once_per_message"
    ),
    models.UniqueConstraint("contact", "message", condition=Q(contact__isnull=False), name="delivery_once_per_contact"),
]


def add(apps, schema_editor):
    """While the old version serves: rules are checked under a lock that lets others write, indexes built without."""
    model = apps.get_model("subscribers", "Delivery")
    if schema_editor.connection.vendor != "postgresql":
        with transaction.atomic(schema_editor.connection.alias):
            for one in RULES + INDEXES:
                schema_editor.add_constraint(model, one)
        return
    table = schema_editor.quote_name(model._meta.db_table)
    for rule in RULES:
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {rule.name}")
        schema_editor.execute(f"{rule.create_sql(model, schema_editor)} NOT VALID", params=None)
        schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {rule.name}")
    for index in INDEXES:  # one that a kill left half built is dropped first
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}")
        made = str(index.create_sql(model, schema_editor))
        schema_editor.execute(made.replace("UNIQUE INDEX", "UNIQUE INDEX CONCURRENTLY", 1), params=None)


def remove(apps, schema_editor):
    model = apps.get_model("subscribers", "Delivery")
    for one in RULES + INDEXES:
        schema_editor.remove_constraint(model, one)


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY runs in no transaction
    dependencies = [("subscribers", "0016_carry_any_message")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(add, remove)],
            state_operations=[migrations.AddConstraint("delivery", one) for one in RULES + INDEXES],
        ),
    ]
