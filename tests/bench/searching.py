"""What a search of the history takes: `python -m tests.bench.searching [--incidents N] [--components N]`.

Whole requests of a stranger beside a long past, through Django with the deployed settings, on a PostgreSQL of its own.
Prints one table; exit code 1 where the 95th percentile of a kind of search is over its promise.
"""

import argparse
import statistics
import time
from functools import partial

from tests.bench.figures import at_most, row, verdict
from tests.bench.rebuild import fill
from tests.bench.site import place, site

TIMES = 20
PROMISED = 300  # ms, at the 95th percentile


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--incidents", type=int, default=10_000)
    parser.add_argument("--components", type=int, default=200)
    amounts = vars(parser.parse_args())
    with place() as directory, site(directory):
        fill(**amounts)
        for name, asked in kinds().items():
            measure(name, asked)
    return verdict()


def kinds() -> dict[str, dict[str, str]]:
    """What is asked, by what it is called."""
    from incidents.models import Component

    one = Component.objects.public().exclude(group=None).select_related("group").first()
    return {
        "a word that stands nowhere": {"q": "nowhere"},
        "a word that stands everywhere": {"q": "slow"},
        "the last part of that": {"q": "slow", "part": "50"},
        "six words that stand everywhere": {"q": "some regions slow found cause deploy"},
        "six words, the shortest nowhere": {"q": "some regions slow found cause zzz"},
        "a component": {"where": one.public_id},
        "a word within a group": {"q": "slow", "where": one.group.public_id},
    }


def measure(name: str, asked: dict[str, str]) -> None:
    took = [search(asked) for _ in range(TIMES + 1)][1:]
    p95 = statistics.quantiles(took, n=20)[-1]
    row(name, f"{p95:.0f} ms", f"p95 of {TIMES}, median {statistics.median(took):.0f} ms", at_most(PROMISED, p95))


def search(asked: dict[str, str]) -> float:
    """Returns milliseconds."""
    from django.conf import settings
    from django.test import Client

    ask = partial(Client(headers={"Host": settings.SITE_URL.removeprefix("http://")}).get, "/history/search/", asked)
    began = time.perf_counter()
    answer = ask()
    assert answer.status_code == 200, answer.status_code
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    raise SystemExit(main())
