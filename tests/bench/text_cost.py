"""What a text of the longest kind costs to check, render and turn into plain text: `python -m tests.bench.text_cost`.

Ten thousand generated texts (`--texts`), from a printed seed (`--seed`), each with as many lines and marks as the
form takes, or fewer.
"""

import argparse
import statistics
import sys
import time

from django.core.exceptions import ValidationError

from statuspage.lib import markdown
from statuspage.lib.text import MAX_TEXT, validate_size, validate_text
from tests.bench import figures
from tests.markdown_texts import texts

PROMISED_MS = 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20261130)
    asked = parser.parse_args()
    costs, cut = [], 0
    for number, text in enumerate(texts(asked.seed, asked.texts, length=MAX_TEXT)):
        accepted = as_much_as_is_accepted(text)
        cut += accepted != text
        costs.append((cost(accepted), number))
    worst, number = max(costs)
    costs = sorted(milliseconds for milliseconds, _ in costs)
    said = f"seed {asked.seed}, {asked.texts:,} texts of {MAX_TEXT:,} characters, {cut:,} thinned to be accepted"
    print(said)
    promise = figures.at_most(PROMISED_MS, worst)
    figures.row("check, HTML and plain text, worst, ms of CPU", f"{worst:.0f}", f"text {number}", promise)
    figures.row("99 %, ms", f"{costs[int(len(costs) * 0.99)]:.0f}")
    figures.row("median, ms", f"{statistics.median(costs):.1f}")
    return figures.verdict()


def cost(text: str) -> float:
    """Milliseconds of this process, so that a busy machine does not count."""
    markdown.render.cache_clear()
    begin = time.process_time()
    validate_text(text)
    markdown.plain(markdown.render(text))
    return (time.process_time() - begin) * 1_000


def as_much_as_is_accepted(text: str) -> str:
    """`text`, or as much of its beginning as the form takes with words for the rest."""
    least, most = 0, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if is_accepted(filled(text, middle)) else (least, middle - 1)
    return filled(text, least)


def filled(text: str, end: int) -> str:
    """`text` up to `end`, and words for the rest of its length."""
    return text[:end] + ("word " * len(text))[: len(text) - end]


def is_accepted(text: str) -> bool:
    try:
        validate_size(text)
    except ValidationError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
