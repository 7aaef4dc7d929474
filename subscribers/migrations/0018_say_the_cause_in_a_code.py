from django.db import migrations, models

DELIVERY_CAUSES = [
    ("unsubscribed", "Unsubscribed"),
    ("suppressed", "Address suppressed"),
    ("superseded", "A newer update replaced it"),
    ("recalled", "Recalled"),
    ("copy", "Kept here: this is a copy"),
    ("not_offered", "No provider is set up"),
    ("unverified", "Not a verified address of theirs"),
    ("put_off", "Not taken for now"),
    ("told_to_wait", "The provider told us to wait"),
    ("we_are_refused", "The provider refuses us"),
    ("in_doubt", "The provider did not say what became of it"),
    ("lost", "The worker was lost while sending"),
    ("given_up", "Given up"),
    ("refused", "Refused for good"),
    ("delayed", "Put off by the recipient's side"),
    ("returned", "Reported as not delivered"),
    ("complained", "The recipient called it spam"),
]
SUPPRESSION_CAUSES = [
    ("refused", "Nobody is there"),
    ("lasting", "It took nothing for a long time"),
    ("complained", "The recipient called it spam"),
    ("stopped", "The owner answered STOP"),
    ("erased", "Erased before"),
]
WHY = "Why it was skipped or failed, or waits."
SAID = "The provider's own words, as far as there are any."


def suppression_cause():
    return models.CharField(choices=SUPPRESSION_CAUSES, db_default="", default="refused", max_length=16)


def wait_briefly(apps, schema_editor):
    """A column with a constant default is added at once, but under a lock: whoever upgrades repeats what waited."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL lock_timeout = '2s'")


class Migration(migrations.Migration):
    """Columns that the version before neither reads nor writes. What it has written gets its cause in 0019."""

    dependencies = [("subscribers", "0017_say_what_a_delivery_is_of")]

    operations = [
        migrations.RunPython(wait_briefly, wait_briefly),
        migrations.AddField(
            model_name="delivery",
            name="cause",
            field=models.CharField(
                blank=True, choices=DELIVERY_CAUSES, db_default="", default="", help_text=WHY, max_length=16
            ),
        ),
        migrations.AddField(model_name="suppression", name="cause", field=suppression_cause()),
        migrations.AddField(model_name="heldsuppression", name="cause", field=suppression_cause()),
        # What follows changes nothing in the database: a count's column held codes from the beginning.
        migrations.AlterField(
            model_name="delivery",
            name="reason",
            field=models.CharField(blank=True, help_text="What the provider said of that.", max_length=300),
        ),
        migrations.AlterField(
            model_name="suppression",
            name="reason",
            field=models.CharField(blank=True, help_text=SAID, max_length=300),
        ),
        migrations.AlterField(
            model_name="heldsuppression",
            name="reason",
            field=models.CharField(blank=True, help_text=SAID, max_length=300),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint(model_name="deliverycount", name="delivery_count_once"),
                migrations.RenameField(model_name="deliverycount", old_name="reason", new_name="cause"),
                migrations.AlterField(
                    model_name="deliverycount",
                    name="cause",
                    field=models.CharField(
                        blank=True,
                        choices=DELIVERY_CAUSES,
                        db_column="reason",
                        help_text="Why these were skipped.",
                        max_length=300,
                    ),
                ),
                migrations.AddConstraint(
                    model_name="deliverycount",
                    constraint=models.UniqueConstraint(
                        "announcement", "channel", "state", "cause", "possibly_doubled", name="delivery_count_once"
                    ),
                ),
            ],
        ),
    ]
