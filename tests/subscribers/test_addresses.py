from random import Random

import phonenumbers
import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from subscribers.addresses import normalise
from subscribers.channels.sms.address import is_plain
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
        ("+52 1 55 1234 5678", "+525512345678"),
        ("+52 55 1234 5678", "+525512345678"),
        ("tel:+49-151-12345678", "+4915112345678"),
        ("sms:+4915112345678?body=Hello", "+4915112345678"),
        ("\u202a+49 151 12345678\u202c", "+4915112345678"),
        ("\ufeffada@example.com\u200b", "ada@example.com"),
        ("\u00a0ada@example.com\u00ad", "ada@example.com"),
        ("Ada Lovelace <ada@example.com>", "ada@example.com"),
        ("Lovelace, Ada <ada@example.com>", "ada@example.com"),
        ('"Lovelace, Ada" <ada@example.com>', "ada@example.com"),
        ("<ada@example.com>", "ada@example.com"),
        ("mailto:ada@example.com?subject=Status", "ada@example.com"),
        ("<mailto:ada@example.com>", "ada@example.com"),
        ("ada@example.com,", "ada@example.com"),
        ("ada@example.com;", "ada@example.com"),
        ("ada@example.com.", "ada@example.com"),
        ("ada@r3---sn.example", "ada@r3---sn.example"),
    ],
)
def test_spellings_of_one_address_come_out_equal(typed, kept):
    found = normalise(typed)
    assert found.address == kept
    assert found.channel == (Channel.EMAIL if "@" in kept else Channel.SMS)


@pytest.mark.parametrize(
    ("domain", "travels"),
    [
        ("stra\u00dfe.example", "xn--strae-oqa.example"),
        ("STRA\u1e9eE.example", "xn--strae-oqa.example"),
        ("strasse.example", "strasse.example"),
        ("xn--strae-oqa.example", "xn--strae-oqa.example"),
        ("\u03b2\u03cc\u03bb\u03bf\u03c2.example", "xn--nxasmm1c.example"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("\uff25xample.com", "example.com"),
        ("a\u3002example", "a.example"),
    ],
)
def test_a_domain_in_other_letters_is_the_one_that_was_meant(domain, travels):
    """RFC 5891 and UTS 46 without its transition: none of them is mailed to the owner of a look-alike."""
    assert normalise(f"name@{domain}").address == f"name@{travels}"


@pytest.mark.parametrize("domain", ["a\u00bdb.example", "\u2603.example", "xn--a.example", "-\u00fc.example"])
def test_a_domain_that_cannot_be_is_refused(domain):
    with pytest.raises(ValidationError, match=r"name@example\.com"):
        normalise(f"name@{domain}")


@pytest.mark.parametrize(
    "local", ["\u0130nfo", "\u0131nfo", "\u017fales", "jos\u00e9", "\u0438\u043d\u0444\u043e", "\uff49nfo"]
)
def test_letters_that_can_never_be_mailed_are_refused_by_name(local):
    with pytest.raises(ValidationError, match=r"cannot be sent to the letters before the @.*\(.* letter"):
        normalise(f"{local}@example.com")


@pytest.mark.parametrize("mark", ["\u200b", "\u00ad", "\u202a", "\ufeff", "\u2060", "\u200d", "\ufe0f"])
@pytest.mark.parametrize("typed", ["a{}da@example.com", "ada@exam{}ple.com", "+49151{}12345678"])
def test_an_invisible_mark_inside_an_address_is_refused_by_name(typed, mark):
    with pytest.raises(ValidationError, match=rf"invisible character U\+{ord(mark):04X} \([a-z0-9 -]+\)"):
        normalise(typed.format(mark))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Write an e-mail address or a phone number"),
        ("a@example.com, b@example.com", "one address alone"),
        ("a@example.com b@example.com", "one address alone"),
        ("a@example.com;b@example.com", "one address alone"),
        ("Ada <ada@example.com>, Bob <bob@example.com>", "one address alone"),
        ("ada@example.com <bob@example.com>", "one address alone"),
        ("a@example.com\nBcc: b@example.com", "invisible character"),
        ("a\x0bb@example.com", "invisible character"),
        ("a\u202eb@example.com", "invisible character"),
        ("a@example", "name@example.com"),
        ("a@localhost", "name@example.com"),
        ("a@[127.0.0.1]", "name@example.com"),
        ('"a"@example.com', "name@example.com"),
        ("@example.com", "name@example.com"),
        ("a" + " " * 1_000_000 + "@example.com", "254 characters"),
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
        if is_plain(f"+{digits}"):
            taken += 1
            spaced = f"+{digits[:-2]} {digits[-2:]}"  # the parser's way
            assert normalise(spaced, Channel.SMS) == normalise(f"+{digits}", Channel.SMS) == (Channel.SMS, f"+{digits}")
    assert taken > 300
