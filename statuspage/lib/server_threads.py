"""The number of threads of the server that the program runs in."""

import re
from collections.abc import Mapping, Sequence

_OPTION, _VARIABLE = "--blocking-threads", "GRANIAN_BLOCKING_THREADS"


def count(arguments: Sequence[str], environ: Mapping[str, str], *, otherwise: int) -> int:
    """Return what granian was told by its command line, else by its environment, else `otherwise`.

    Read from there and not only from a setting of ours: with fewer threads than we believe in, a hanging database
    would take the last one.
    """
    words = " ".join(arguments)
    found = re.findall(rf"(?:^| ){_OPTION}[= ](\d+)\b", words) or re.findall(r"^\d+$", environ.get(_VARIABLE, ""))
    return int(found[-1]) if found else otherwise
