from django.db import migrations, models

SOURCES = [("reply", "The provider, when we handed over"), ("report", "A report that came later"), ("owner", "Its owner")]
SETTLED = "From then on nobody turns out to have confirmed before it was published."
ROLLED_UP = "From then on its deliveries give way to counts, and nobody more is listed."


class Migration(migrations.Migration):
    """New names in the code alone: tables and columns keep theirs, so that old and new processes serve side by side."""

    dependencies = [("subscribers", "0014_end_links_remember_reports")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterModelTable(name="answer", table="subscribers_answer"),
                migrations.RenameModel(old_name="Answer", new_name="InboundSms"),
                migrations.RemoveIndex(model_name="suppression", name="suppression_lately"),
                migrations.RenameField(model_name="suppression", old_name="witness", new_name="source"),
                migrations.AlterField(
                    model_name="suppression",
                    name="source",
                    field=models.CharField(
                        choices=SOURCES, db_column="witness", db_default="reply", default="reply", max_length=8
                    ),
                ),
                migrations.AddIndex(
                    model_name="suppression",
                    index=models.Index(fields=["source", "created_at"], name="suppression_lately"),
                ),
                migrations.RenameField(model_name="heldsuppression", old_name="witness", new_name="source"),
                migrations.AlterField(
                    model_name="heldsuppression",
                    name="source",
                    field=models.CharField(choices=SOURCES, db_column="witness", max_length=8),
                ),
                migrations.RenameField(model_name="fanout", old_name="closed_at", new_name="settled_at"),
                migrations.AlterField(
                    model_name="fanout",
                    name="settled_at",
                    field=models.DateTimeField(db_column="closed_at", help_text=SETTLED, null=True),
                ),
                migrations.RenameField(model_name="fanout", old_name="folded_at", new_name="rolled_up_at"),
                migrations.AlterField(
                    model_name="fanout",
                    name="rolled_up_at",
                    field=models.DateTimeField(db_column="folded_at", help_text=ROLLED_UP, null=True),
                ),
            ],
        ),
    ]
