"""The order in which the tests are begun."""

from tests.pytest_plugin import long_first

ITEMS = list("aLbcdLefghLi")


def is_long(item: str) -> bool:
    return item == "L"


def test_one_process_begins_with_all_that_takes_long():
    assert "".join(long_first(ITEMS, is_long, each=12)) == "LLLabcdefghi"


def test_of_several_two_begin_with_a_share_of_it():
    assert "".join(long_first(ITEMS, is_long, each=3)) == "LLaLbcdefghi"


def test_few_tests_are_all_there():
    assert sorted(long_first(ITEMS, is_long, each=1)) == sorted(ITEMS)
