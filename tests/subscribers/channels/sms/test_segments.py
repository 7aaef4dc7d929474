import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.channels.sms.segments import ELLIPSIS, count, fit, is_gsm, plain

GSM = "abc XYZ 019 @£$¥èé_ÆßÄÖÑÜ§¿äöñüà€^{}[]~|\\"


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),  # an escape and a septet each
        ("€" * 81, 2),
        ("€" * 152, 2),  # 76 a segment: a pair is not cut in two, so a septet stays empty
        ("€" * 153, 3),
        ("д" * 70, 1),
        ("д" * 71, 2),
        ("д" * 134, 2),
        ("д" * 135, 3),
        ("🙂" * 35, 1),  # two UTF-16 units each
        ("🙂" * 36, 2),
        ("🙂" * 66, 2),  # 33 a segment
        ("🙂" * 67, 3),
        ("a" * 69 + "д", 1),
        ("a" * 70 + "д", 2),  # one such letter, and all of it counts by 70
    ],
)
def test_segments_are_counted_as_a_network_does(text, segments):
    assert count(text) == segments


def test_typographic_characters_become_their_plain_likes():
    assert plain("\u201cDon\u2019t panic\u201d \u2013 wait\u2026") == '"Don\'t panic" - wait...'
    assert is_gsm(plain("\u201cZürich\u201d \u2014 \u00ablà\u00bb"))


_TYPOGRAPHIC = (
    "\u2018\u2019\u201a\u201b\u2032\u00b4`\u2039\u203a\u02bc\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"
    "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\u2026\u2022\u00b7\u2044\u00d7"
    "\u00a0\u2009\u202f\u200b\u2060\u00ad\ufeff"
)


@pytest.mark.parametrize("sign", _TYPOGRAPHIC)
def test_no_typographic_sign_costs_half_a_segment(sign):
    assert is_gsm(plain(f"a{sign}b"))


def test_an_accent_joins_its_letter_and_no_letter_loses_one():
    assert is_gsm(plain("Zu\u0308rich"))
    assert plain("São Tomé") == "São Tomé"


@given(st.text(alphabet=GSM, max_size=700))
def test_gsm_text_never_takes_more_than_its_septets_need(text):
    septets = sum(2 if char in "€^{}[]~|\\" else 1 for char in text)
    fewest = 1 if septets <= 160 else -(-septets // 153)
    assert fewest <= count(text) <= fewest + 1  # a pair that would be cut leaves a septet empty in each segment


@given(st.text(max_size=300), st.text(max_size=40), st.integers(1, 4))
def test_fitting_keeps_both_ends_whole_and_never_exceeds_the_segments(text, ends, segments):
    before, after = f"{ends}:", f" {ends} https://status.example.test/incidents/0123456789bc/"
    result = fit(before, text, after, segments)
    assert result.startswith(before)
    assert result.endswith(after)
    assert count(result) <= max(segments, count(before + after))
    kept = result[len(before) : len(result) - len(after)]
    assert kept == text or kept == "" or text.startswith(kept.removesuffix(ELLIPSIS))


def test_a_text_is_shortened_at_a_word():
    result = fit("", "Card payments fail for some customers of the northern region", " " + "x" * 120, 1)
    assert result.startswith("Card payments fail for some... ")


def test_an_accent_or_a_joined_emoji_is_not_cut_in_two():
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    for length in range(20, 70):
        kept = fit("", "e\u0301" * 10 + family * 10, "x" * length, 1)[: -length - 3]
        assert not kept.endswith(("\u200d", "e"))
