import django.db.models.deletion
from django.db import migrations, models, transaction


class LetGo(migrations.AlterField):
    """Takes a key's constraint and its index away while others read and write. Killed, it is run again."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            with transaction.atomic(schema_editor.connection.alias):
                super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = from_state.apps.get_model(app_label, self.model_name)
        quote = schema_editor.quote_name
        columns = [model._meta.get_field(self.name).column]
        for name in schema_editor._constraint_names(model, columns, foreign_key=True):
            self._drop_constraint(schema_editor, quote(model._meta.db_table), quote(name))
        kept = {one.name for one in (*model._meta.indexes, *model._meta.constraints)}
        for name in schema_editor._constraint_names(model, columns, index=True, exclude=kept):
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {quote(name)}")

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        with transaction.atomic(schema_editor.connection.alias):
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    @staticmethod
    def _drop_constraint(schema_editor, table, name):
        """Under a lock that everybody waits for: after 2 s they go first, and whoever upgrades repeats it."""
        with transaction.atomic(schema_editor.connection.alias):
            schema_editor.execute("SET LOCAL lock_timeout = '2s'")
            schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


class Migration(migrations.Migration):
    """Whoever lists holds the rows that these keys name. The version before reads and writes as it did, and finds what
    was sent to one person more slowly."""

    atomic = False  # CONCURRENTLY runs in no transaction
    dependencies = [("subscribers", "0020_pause_deliveries")]
    operations = [
        LetGo(
            model_name="delivery",
            name="announcement",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="incidents.announcement",
            ),
        ),
        LetGo(
            model_name="delivery",
            name="subscriber",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="deliveries",
                to="subscribers.subscriber",
            ),
        ),
    ]
