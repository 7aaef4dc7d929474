"""Trials of the relay and of what is written: hostile answers, lost replies, poison rows."""

from django.db import connection

from subscribers.enums import DeliveryState
from subscribers.models import Suppression
from tests.chaos.delivery_stage import Stage, publish, states, until
from tests.chaos.delivery_verdict import Result, account, mails_of

# By how the relay treats those whose address begins so, one in so many readers: see tests/sink_process.Options.
HOSTILE = {"bounce": 100, "grey": 50, "reset": 200, "closing": 200, "hang": 5000, "dot": 5000}
POISON = [
    "no-at-sign",
    "two words@example.test",
    "line\r\nRCPT TO:<injected@example.test>@example.test",
    "vertical\x0btab@example.test",
    "<angle@example.test>",
    "\u202eevil@example.test",
    "\u00fcml\u00e4ut@example.test",
    "@example.test",
    "comma@example.test,second@example.test",
    "",
    'quote"@example.test',
    "x" * 240 + "@example.test",
]


def hostile_relay(stage: Stage) -> Result:
    """C09: 550, 451 first, 421 first, silence, silence after the text, a reset after the text."""
    with stage.stack(phones=False) as stack, stage.schedule(stack):
        stack.worker()
        publish()
        calm = until(lambda: len(stack.smtp.journal) >= stage.readers, 300)
    with stage.stack(phones=False) as stack, stage.schedule(stack):
        number = turn_hostile(silent=not stage.is_short)  # each silence lasts a minute
        healthy = stage.readers - sum(number.values())
        stack.worker()
        announcement = publish()
        slowed = until(lambda: sum("reader" in entry["to"] for entry in mails_of(stack, announcement)) >= healthy, 300)
        never = number["hang"] + number["dot"]
        greylisted = number["grey"] + number["reset"] + number["closing"]
        wanted = {DeliveryState.FAILED: number["bounce"], DeliveryState.SENT: healthy + greylisted}
        stage.settle_until(stack, lambda: states_but_waiting(announcement) == wanted)
        until(lambda: Suppression.objects.count() >= number["bounce"], 60)  # once something is taken after them
        tries = set(announcement.deliveries.filter(state="failed").values_list("attempts", flat=True))
        suppressed = Suppression.objects.filter(address__startswith="bounce").count()
        is_good = tries == {1} and suppressed == number["bounce"] == Suppression.objects.count()
        result = account(stack, announcement, settled=False)
        figure = (
            f"healthy {calm:.1f} s alone, {slowed:.1f} s among {sum(number.values())} hostile, {never} never answered"
        )
        is_good &= stage.within(slowed, 2 * calm + 1) and not result.wrong and result.lost == number["bounce"] + never
        return Result(f"{figure}, {states(announcement)}, extra {result.extra}", is_good)


def turn_hostile(*, silent: bool) -> dict[str, int]:
    """Some readers' addresses begin with how the relay treats them; returns how many of each."""
    number = dict.fromkeys(HOSTILE, 0)
    with connection.cursor() as cursor:
        for place, (kind, each) in enumerate(HOSTILE.items()):
            if kind in ("hang", "dot") and not silent:
                continue
            cursor.execute(
                "UPDATE subscribers_subscriber SET address = %s || id || '@example.test' WHERE address LIKE 'reader%%'"
                " AND id %% %s = %s",
                [kind, each, 10 + place],
            )
            number[kind] = cursor.rowcount
    return number


def states_but_waiting(announcement) -> dict[str, int]:
    return {state: number for state, number in states(announcement).items() if state not in ("queued", "sending")}


def replies_lost(stage: Stage) -> Result:
    """C10: of what the relay took, one answer in 200 never comes."""
    share = 0.02 if stage.is_short else 0.005
    with stage.stack(phones=False, smtp={"lost": share}) as stack, stage.schedule(stack):
        stack.worker()
        announcement = publish()
        stage.settle(stack, announcement)
        injected = sum("lost" in entry for entry in stack.smtp.journal.entries())
        return account(stack, announcement).result(injected, f"{injected} replies lost", is_good=injected > 0)


def poison(stage: Stage) -> Result:
    """C18: addresses and a title that got past every check, written straight into the database."""
    with stage.stack(phones=False) as stack, stage.schedule(stack):
        with connection.cursor() as cursor:
            for number, address in enumerate(POISON):
                cursor.execute(
                    "UPDATE subscribers_subscriber SET address = %s WHERE address = %s",
                    [address, f"reader{number + 1}@example.test"],
                )
            healthy = stage.readers - cursor.rowcount * len(POISON)
        announcement = publish()
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE incidents_announcement SET title = %s",
                ["Bad \x0b\r\nBcc: injected@example.test\u202e \x1b[31m"],
            )
        stack.worker()
        stage.settle(stack, announcement, seconds=MIN_OVERDUE)
        mails = mails_of(stack, announcement)
        reached = sum(entry["to"].startswith("reader") for entry in mails)
        tries = max(announcement.deliveries.values_list("attempts", flat=True))
        injected = [entry for entry in mails if "injected" in entry["to"]]
        bad = announcement.deliveries.exclude(subscriber__address__startswith="reader")
        figure = f"{reached} of {healthy} healthy, poison {dict_of(bad)}, at most {tries} attempts"
        return Result(figure, reached == healthy and not injected and tries <= 12)


MIN_OVERDUE = 300


def dict_of(rows) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in rows.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found
