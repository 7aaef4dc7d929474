import pytest
from django.core.exceptions import ValidationError

from statuspage.lib import markdown
from statuspage.lib.text import MAX_LINES, MAX_MARKS, is_blank, validate_line, validate_text


@pytest.mark.parametrize("char", ["\x00", "\x0b", "\n", "\r", "\u2028", "\u202e", "\u2066", "\ud800", "\x7f", "\x85"])
def test_a_line_takes_no_invisible_character(char):
    with pytest.raises(ValidationError, match=f"U\\+{ord(char):04X}"):
        validate_line(f"Card{char}payments")


@pytest.mark.parametrize("line", ["Card payments", "Zahlungen für Köln", "支付失败", "🔥 down", "עברית"])
def test_a_line_takes_every_script(line):
    validate_line(line)


def test_a_text_may_have_several_lines():
    validate_text("one\r\ntwo\n\tthree")


@pytest.mark.parametrize(
    ("text", "named"),
    [("word\n" * (MAX_LINES + 1), "lines"), ("word* " * (MAX_MARKS + 1), "marks"), ("http://a " * 3_001, "links")],
)
def test_a_text_that_would_cost_too_much_is_refused_in_words(text, named):
    with pytest.raises(ValidationError, match=named):
        validate_text(text)


def test_as_many_lines_and_marks_as_are_allowed_are_taken():
    validate_text("word\n" * MAX_LINES)
    validate_text("*word* " * (MAX_MARKS // 2))


@pytest.mark.parametrize("fault", [RecursionError("too deep"), ValueError("a fault"), AssertionError(), IndexError()])
def test_whatever_the_renderer_raises_is_a_refusal(fault, monkeypatch):
    def fail(text):
        raise fault

    monkeypatch.setattr(markdown, "render", fail)
    with pytest.raises(ValidationError, match="cannot be shown as written"):
        validate_text("Some words")


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b\u200d\ufeff\u00ad", "\u00a0\u3000"])
def test_what_nobody_can_see_is_blank(text):
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "\u200ba", "-", "🔥", "א"])
def test_one_visible_character_is_not_blank(text):
    assert not is_blank(text)
