"""The words that were said to many, without what differs from one to the next: so that the same words are counted as
the same."""

import re

# 550 and 5.1.1 say what is meant, and are not somebody's number.
_CODE = re.compile(r"\d{3}|\d\.\d{1,3}\.\d{1,3}")
_DIFFERS = re.compile(r"[@\d]|\w\.\w|\w://")
_AROUND = "()[]{}<>'\"`,;:!?.-"
MASK = "…"


def alike(said: str) -> str:
    """`said` in lower case, with a mask for each address, number, id and host name in it. Linear in its length."""
    return " ".join(_masked(word) for word in said.casefold().replace("-", " ").split())


def _masked(word: str) -> str:
    bare = word.strip(_AROUND)
    return MASK if _DIFFERS.search(bare) and not _CODE.fullmatch(bare) else word
