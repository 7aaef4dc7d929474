"""Texts made from the signs of Markdown and from words, from a seed: what people and pranksters write."""

import random
from collections.abc import Iterator

_WORDS = [
    "down",
    "cards",
    "the",
    "x",
    "14:30",
    "é",
    "部分",
    "🔥",
    "https://example.com/a_b",
    "me@example.com",
    "a.b",
    "3",
]
_SIGNS = [*list("*_`~[]()<>!#+-|\\&\"'{}=:.^$%@/ "), "  ", "    ", "\n", "\n\n", "\t"]
_MARKS = ["**", "***", "__", "~~", "``", "```", "~~~", "\n```\n", "](", "](https://example.com)", "![", "]: https://"]
_BEGINS = [
    "\n- ",
    "\n* ",
    "\n1. ",
    "\n2) ",
    "\n> ",
    "\n>> ",
    "\n    ",
    "\n  - ",
    "\n# ",
    "\n---\n",
    "\n===\n",
    "\n[a]: ",
]
_ROWS = [
    "\n|a|b|\n|-|-|\n",
    "| ",
    "<!-- ",
    " -->",
    "<b>",
    "</b>",
    "&lt;",
    "<https://example.com>",
    "[^1]",
    "{{ name }}",
]
_ALL = [_WORDS, _SIGNS, _MARKS, _BEGINS, _ROWS]


def texts(seed: int, number: int, *, length: int) -> Iterator[str]:
    """`number` texts of `length` characters. The same seed makes the same texts."""
    chance = random.Random(seed)
    for _ in range(number):
        yield _text(chance, length)


def _text(chance: random.Random, length: int) -> str:
    """A mixture of all, one shape again and again, or a shape that opens and another that closes."""
    kind = chance.randrange(4)
    if kind == 0:
        return _mixed(chance, length)[:length]
    shapes = ["".join(_one(chance) for _ in range(chance.randint(1, 6))) for _ in range(3)]
    if kind == 1:
        return _repeated(shapes[0], length)
    if kind == 2:
        return _repeated(shapes[0], length // 2) + _repeated(shapes[1], length - length // 2)
    return shapes[0] + _repeated(shapes[1], length - len(shapes[0]) - len(shapes[2])) + shapes[2]


def _one(chance: random.Random) -> str:
    return chance.choice(chance.choice(_ALL))


def _mixed(chance: random.Random, length: int) -> str:
    parts, size = [], 0
    while size < length:
        parts.append(_one(chance))
        size += len(parts[-1])
    return "".join(parts)


def _repeated(shape: str, length: int) -> str:
    return (shape * (length // len(shape) + 1))[:length]
