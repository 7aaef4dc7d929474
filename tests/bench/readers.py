"""Subscribers by the thousand, written in PostgreSQL itself. Django has to be set up before this is called."""

from datetime import timedelta

_ADDRESS = {"email": "reader{}@example.test", "sms": "+49151{}"}


def only(number: int, channel: str = "email") -> None:
    """So many of them, who hear everything since an hour ago, and nothing else in the database.

    Whoever came within the last minute is looked up again for each announcement: on no site is that everybody.
    """
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from subscribers.models import Subscriber

    call_command("flush", interactive=False, verbosity=0)
    since = timezone.now() - timedelta(hours=1)
    Subscriber(channel=channel, address=_ADDRESS[channel].format("0"), confirmed_at=since, created_at=since).save()
    table = Subscriber._meta.db_table
    columns = [field.column for field in Subscriber._meta.concrete_fields if field.name != "id"]
    others = ", ".join("%s || lpad(n::text, 8, '0') || %s" if name == "address" else name for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {others} FROM {table}, generate_series(1, %s) AS n",
            [*_ADDRESS[channel].split("{}"), number - 1],
        )
        cursor.execute(f"ANALYZE {table}")


def narrow(component, *, but: int) -> None:
    """All but so many hear of this component alone from now on."""
    from django.db import connection

    from subscribers.models import Subscriber, Subscription

    rest = Subscriber.objects.filter(pk__gt=Subscriber.objects.order_by("pk")[but - 1].pk)
    rest.update(everything=False)
    select, params = rest.values_list("pk").query.sql_with_params()
    table = Subscription._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (subscriber_id, component_id) SELECT id, %s FROM ({select}) AS narrowed (id)",
            [component.pk, *params],
        )
        cursor.execute(f"ANALYZE {table}")
        cursor.execute(f"ANALYZE {Subscriber._meta.db_table}")
