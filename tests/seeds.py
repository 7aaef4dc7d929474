"""Where chance decides in a test: from a seed, which whoever uses it prints. SEED=n in the environment chooses it."""

import os
import random


def seed(otherwise: int) -> int:
    """Return SEED; else `otherwise`, so that each run of the tests does the same."""
    return int(os.environ.get("SEED") or otherwise)


def fresh_seed() -> int:
    """Return SEED; else another each time, as the long fault runs want it."""
    return seed(random.SystemRandom().randrange(10**6))
