import pytest
from django.core.exceptions import ValidationError

from statuspage.lib.text import validate_filled, validate_line, validate_text


@pytest.mark.parametrize("char", ["\x00", "\x0b", "\n", "\r", "\u2028", "\u202e", "\u2066", "\ud800", "\x7f", "\x85"])
def test_a_line_takes_no_invisible_character(char):
    with pytest.raises(ValidationError, match=f"U\\+{ord(char):04X}"):
        validate_line(f"Card{char}payments")


@pytest.mark.parametrize("line", ["Card payments", "Zahlungen für Köln", "支付失败", "🔥 down", "עברית"])
def test_a_line_takes_every_script(line):
    validate_line(line)


def test_a_text_may_have_several_lines():
    validate_text("one\r\ntwo\n\tthree")


def test_a_text_that_would_hold_the_renderer_up_is_refused():
    with pytest.raises(ValidationError, match="square brackets"):
        validate_text("[" * 5000)


def test_the_blank_left_standing_is_named():
    with pytest.raises(ValidationError, match="what_we_know"):
        validate_filled("We know {{ what_we_know }} and {{next_update_by}}")
