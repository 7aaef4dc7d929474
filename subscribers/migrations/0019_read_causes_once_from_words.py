from django.db import migrations, transaction
from django.db.models import Case, F, Max, Min, Q, Value, When
from django.db.models.functions import Substr

BATCH = 5_000  # numbers, so that no batch looks for its rows through the whole table
SKIPPED_FOR = ("unsubscribed", "suppressed", "superseded", "recalled", "copy", "not_offered", "unverified")
GIVEN_UP, DELAYED = "Given up: ", "Put off by the recipient's side: "
LOST, SILENT = "The worker was lost while sending", "The channel did not say what became of it."
COMPLAINED, STOPPED = "The recipient called it spam", "the owner answered STOP"


def _without(start):
    return Substr("reason", len(start) + 1)


# Of each: which rows, their cause, and what stays in `reason`. The first that fits.
DELIVERIES = (
    # The version before rolls up by the reason of what was skipped.
    (Q(state="skipped", reason__in=SKIPPED_FOR), F("reason"), F("reason")),
    (Q(state="skipped"), Value(""), F("reason")),
    (Q(reason__startswith=COMPLAINED), Value("complained"), F("reason")),
    (Q(reason__startswith=LOST), Value("lost"), Value("")),
    (Q(reason=SILENT), Value("in_doubt"), Value("")),
    (Q(reason__startswith=GIVEN_UP), Value("given_up"), _without(GIVEN_UP)),
    (Q(reason__startswith=DELAYED), Value("delayed"), _without(DELAYED)),
    (Q(state__in=("queued", "sending")), Value("put_off"), F("reason")),
    (Q(state="failed"), Value("refused"), F("reason")),
    (Q(state="bounced"), Value("returned"), F("reason")),
    (Q(state="unknown"), Value("in_doubt"), F("reason")),
)
SUPPRESSIONS = (
    (Q(source="owner"), Value("stopped"), Value("")),
    (Q(reason__startswith=STOPPED), Value("stopped"), F("reason")),
    (Q(reason__startswith="Erased before"), Value("erased"), F("reason")),
    (Q(reason=COMPLAINED), Value("complained"), Value("")),
    (Q(reason__startswith="Never taken since"), Value("lasting"), F("reason")),
    (Q(pk__isnull=False), Value("refused"), F("reason")),
)


def fill(apps, schema_editor):
    """Once more is no harm: what has its cause is passed over. What somebody writes this moment is too."""
    _fill(apps.get_model("subscribers", "Delivery").objects.exclude(reason=""), DELIVERIES)
    for name in ("Suppression", "HeldSuppression"):
        _fill(apps.get_model("subscribers", name).objects.all(), SUPPRESSIONS)


def _fill(rows, rules):
    causes = Case(*(When(which, then=cause) for which, cause, _ in rules), default=F("cause"))
    reasons = Case(*(When(which, then=words) for which, _, words in rules), default=F("reason"))
    ends = rows.aggregate(first=Min("pk"), last=Max("pk"))
    for first in range(ends["first"] or 0, (ends["last"] or -1) + 1, BATCH):
        _batch(rows.filter(cause="", pk__gte=first, pk__lt=first + BATCH), cause=causes, reason=reasons)


def _batch(rows, **values):
    """Nobody waits for us and we for nobody: a row that is locked is being written by somebody who knows better."""
    with transaction.atomic():
        found = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True))
        rows.filter(pk__in=found).update(**values)


class Migration(migrations.Migration):
    """The causes of what the version before wrote. It may go on writing meanwhile: `skipped_for` in models/delivery.py
    and `Suppression.is_the_owner_s` say how a row without a cause is read."""

    atomic = False  # a transaction for each batch
    dependencies = [("subscribers", "0018_say_the_cause_in_a_code")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
