"""Every trial by the number of its promise."""

from tests.chaos import delivery_servers as servers
from tests.chaos import delivery_workers as workers

TRIALS = {
    "C01": workers.workers_killed,
    "C02": servers.everything_killed,
    "C03": servers.flushed,
    "C04": servers.without_redis,
    "C05": servers.redis_frozen,
    "C06": servers.connections_reset,
    "C07": servers.database_killed,
    "C08": servers.database_dies_in_a_publish,
    "C15": workers.superseded,
    "C16": workers.stopped_and_recalled,
    "C22": workers.rolling_restarts,
}
