"""S32: what a text costs grows with its length alone. Counted in calls, not in seconds."""

import sys

import pytest

from statuspage.lib import markdown
from tests.markdown_texts import texts

SEED = 32
MOST_CALLS_A_CHARACTER = 60


def calls(text: str) -> int:
    """How many functions, ours and the built-in ones, are called to render `text` and to make it plain."""
    count = 0

    def count_call(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    markdown.render.cache_clear()
    sys.setprofile(count_call)
    try:
        markdown.plain(markdown.render(text))
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("length", [500, 1_500, 6_000])
def test_the_work_for_a_character_does_not_grow_with_the_text(length):
    for text in texts(SEED, 40, length=length):
        assert calls(text) <= MOST_CALLS_A_CHARACTER * length, (SEED, length, text)


@pytest.mark.parametrize("sign", list("*_`~[]()<>!#+-|\\&=:1."))
def test_no_sign_costs_more_the_more_there_are(sign):
    for shape in (sign, f"{sign} ", f"{sign}a", f"{sign}\n", f"{sign} a\n", f"a{sign} ", f"{sign}{sign}a "):
        few, many = calls(shape * 400), calls(shape * 1_600)
        assert many <= 5 * few + 2_000, shape
