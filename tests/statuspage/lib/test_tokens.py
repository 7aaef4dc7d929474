import pytest

from statuspage.lib import tokens


def test_a_token_carries_its_numbers():
    assert tokens.read("confirm", tokens.make("confirm", 7, 2)) == (7, 2)


def test_a_token_is_good_for_one_purpose_only():
    assert tokens.read("subscription", tokens.make("confirm", 7)) is None


def test_a_token_of_another_secret_is_refused(settings):
    token = tokens.make("confirm", 7)
    settings.SECRET_KEY = "another" * 10
    assert tokens.read("confirm", token) is None


def test_every_changed_character_is_noticed():
    token = tokens.make("confirm", 123456, 1)
    for place in range(len(token)):
        forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert tokens.read("confirm", forged) is None


@pytest.mark.parametrize("rubbish", ["", "a", "=", "é", "....", "A" * 5000, "%00", "\x00"])
def test_rubbish_is_refused_quietly(rubbish):
    assert tokens.read("confirm", rubbish) is None
