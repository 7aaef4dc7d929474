from random import Random

import phonenumbers
import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from subscribers import addresses
from subscribers.addresses import normalise
from subscribers.enums import Channel


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada@Example.COM ", "ada@example.com"),
        ("ada+status@example.com", "ada+status@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("+49 (151) 12-34 56 78", "+4915112345678"),
        ("0049 151 12345678", "+4915112345678"),
        ("+1 202 555 0100", "+12025550100"),
    ],
)
def test_spellings_of_one_address_come_out_equal(typed, kept):
    found = normalise(typed)
    assert found.address == kept
    assert found.channel == (Channel.EMAIL if "@" in kept else Channel.SMS)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Write an e-mail address or a phone number"),
        ("a@example.com, b@example.com", "one address alone"),
        ("a@example.com b@example.com", "one address alone"),
        ("a@example.com;b@example.com", "one address alone"),
        ("Ada <ada@example.com>", "one address alone"),
        ("a@example.com\nBcc: b@example.com", "invisible character"),
        ("a\x0bb@example.com", "invisible character"),
        ("a\u202eb@example.com", "invisible character"),
        ("a@example", "name@example.com"),
        ("a@localhost", "name@example.com"),
        ("a@[127.0.0.1]", "name@example.com"),
        ('"a"@example.com', "name@example.com"),
        ("@example.com", "name@example.com"),
        ("a" * 65 + "@" + "b" * 190 + ".com", "254 characters"),
        ("0151 12345678", "country code"),
        ("hello", "Write an e-mail address or a phone number"),
        ("call 0151", "digits only"),
        ("+49151", "too short"),
        ("+49 151 12345678 12345678", "too long"),
        ("+4915112345678, +4915112345679", "one number"),
        ("+4915112345678 ext 5", "digits only"),
        ("+999 1234567", "country code"),
    ],
)
def test_what_is_no_single_address_is_refused_in_words_that_mend_it(typed, words):
    with pytest.raises(ValidationError, match=words):
        normalise(typed)


def test_a_form_that_asks_for_one_channel_gets_that_channel():
    with pytest.raises(ValidationError, match=r"name@example\.com"):
        normalise("+4915112345678", Channel.EMAIL)
    with pytest.raises(ValidationError, match="digits only"):
        normalise("ada@example.com", Channel.SMS)


@given(st.text(max_size=300))
def test_any_text_is_an_address_or_a_refusal_and_normalising_again_changes_nothing(text):
    try:
        found = normalise(text)
    except ValidationError:
        return
    assert normalise(found.address, found.channel) == found
    assert len(found.address) <= 254
    assert found.address.isascii()


@given(st.from_regex(r"\+?[0-9 ()/-]{1,20}", fullmatch=True))
def test_any_number_normalises_to_itself(text):
    try:
        found = normalise(text)
    except ValidationError:
        return
    assert normalise(found.address) == found


def test_a_number_that_is_taken_as_it_stands_is_what_the_parser_makes_of_it():
    random = Random(8)
    codes = [str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE]
    taken = 0
    for _ in range(3_000):
        digits = random.choice(codes) + "".join(random.choices("0123456789", k=random.randint(4, 12)))
        if addresses._is_plain(f"+{digits}"):
            taken += 1
            spaced = f"+{digits[:-2]} {digits[-2:]}"  # the parser's way
            assert normalise(spaced, Channel.SMS) == normalise(f"+{digits}", Channel.SMS) == (Channel.SMS, f"+{digits}")
    assert taken > 300
