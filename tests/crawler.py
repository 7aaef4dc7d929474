"""Who asks for every address that could be there and is not."""

import random

from statuspage.lib.ids import public_id
from tests.http_clients import Crowd, Request

READERS = 32
NOWHERE = 10_000  # addresses


def crawl(port: int, choice: random.Random) -> None:
    """The months of 283 years before the first word, and NOWHERE addresses that are nowhere; each once."""
    months = [f"/history/{year}-{month:02d}/" for year in range(1740, 2023) for month in range(1, 13)]
    nowhere = [f"/{choice.choice(['incidents/', 'components/', 's/', ''])}{public_id()}/" for _ in range(NOWHERE)]
    junk = [Request(path) for path in months + nowhere]
    with Crowd(port, lambda number: iter(junk[number::READERS]), readers=READERS, pause=0) as crawler:
        crawler.wait()
