import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """New names in the code alone: table and columns keep theirs, so that old and new processes serve side by side."""

    dependencies = [
        ("subscribers", "0019_read_causes_once_from_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterModelTable(name="stop", table="subscribers_stop"),
                migrations.RenameModel(old_name="Stop", new_name="Pause"),
                migrations.RenameField(model_name="pause", old_name="stopped_at", new_name="paused_at"),
                migrations.AlterField(
                    model_name="pause", name="paused_at", field=models.DateTimeField(db_column="stopped_at")
                ),
                migrations.RenameField(model_name="pause", old_name="stopped_by", new_name="paused_by"),
                migrations.AlterField(
                    model_name="pause",
                    name="paused_by",
                    field=models.ForeignKey(
                        db_column="stopped_by_id",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AlterField(
                    model_name="pause",
                    name="announcement",
                    field=models.ForeignKey(
                        help_text="None: everything.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pauses",
                        to="incidents.announcement",
                    ),
                ),
                migrations.AlterModelOptions(
                    name="pause",
                    options={
                        "ordering": ["-paused_at", "-id"],
                        "permissions": [("stop_deliveries", "Can pause, release and retry deliveries")],
                    },
                ),
            ],
        ),
    ]
