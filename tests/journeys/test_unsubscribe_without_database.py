"""Unsubscribes while PostgreSQL is dead: kept by two web processes, which are killed, and done by whoever is left."""

import signal

from tests.journeys.absent_database import (
    a_token,
    answer,
    is_subscribed,
)
from tests.web import eventually


def one_click(hasty, token):
    return answer(hasty, f"/subscription/{token}/unsubscribe/", {"List-Unsubscribe": "One-Click"})


def test_a_click_while_the_database_is_dead_outlives_the_web_and_is_done_by_it_alone(hasty, database):
    clicked, pressed, other = a_token(database), a_token(database), a_token(database)
    database.kill(signal.SIGQUIT)
    for _ in range(6):  # both processes, and a mail program that tries again
        status, _, text = one_click(hasty, clicked)
        assert (status, "You will be unsubscribed as soon as" in text) == (202, True)
    assert answer(hasty, f"/subscription/{pressed}/unsubscribe/", {})[0] == 202
    hasty.kill()
    database.start()
    assert is_subscribed(database, clicked)
    hasty.start()
    eventually(lambda: not is_subscribed(database, clicked) and not is_subscribed(database, pressed), 60)
    assert is_subscribed(database, other)
    assert one_click(hasty, clicked)[0] == 200
    assert clicked not in hasty.log()


def test_a_click_is_done_by_dispatch_before_anything_is_sent_while_the_web_is_gone(hasty, database):
    token = a_token(database)
    database.kill(signal.SIGQUIT)
    assert one_click(hasty, token)[0] == 202
    hasty.kill()
    try:
        database.start()
        hasty.manage("dispatch", "--once")
        assert not is_subscribed(database, token)
    finally:
        hasty.start()
