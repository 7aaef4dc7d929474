"""How many rows a run claims at once: by the times that the last claims took."""

import pytest

from subscribers.delivery import claim_size
from subscribers.delivery.claim_size import FIRST, LEAST, MORE, MOST, MOST_AT_FIRST, SECONDS, ClaimSize


@pytest.mark.parametrize(
    ("seconds", "rows"),
    [
        (SECONDS, FIRST),
        (2 * SECONDS, FIRST // 2),
        (100 * SECONDS, LEAST),  # fewer would cost their queries and bring nothing
        (SECONDS / 2, 2 * FIRST),
        (0.0, MORE * FIRST),  # one lucky moment
    ],
)
def test_it_is_what_is_carried_in_half_a_second(seconds, rows):
    size = ClaimSize()
    assert size.at_first() == FIRST
    assert size.after(seconds) == rows


def test_it_grows_no_further_than_others_can_spare():
    size = ClaimSize()
    for _ in range(10):
        rows = size.after(0.0)
    assert rows == MOST


def test_the_next_run_begins_where_the_last_one_ended_and_not_with_so_many_that_the_first_waits():
    for rows, at_first in ((120, 120), (MOST, MOST_AT_FIRST)):
        claim_size.of("email").exactly(rows)
        assert claim_size.of("email").at_first() == at_first
    assert claim_size.of("sms").at_first() == FIRST
