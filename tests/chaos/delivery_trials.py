"""Every trial by the number of its promise."""

from tests.chaos import delivery_crowds as crowds
from tests.chaos import delivery_databases as databases
from tests.chaos import delivery_relays as relays
from tests.chaos import delivery_servers as servers
from tests.chaos import delivery_workers as workers

TRIALS = {
    "C01": workers.workers_killed,
    "C02": servers.everything_killed,
    "C03": servers.flushed,
    "C04": servers.without_redis,
    "C05": servers.redis_frozen,
    "C06": servers.connections_reset,
    "C07": databases.database_killed,
    "C08": databases.database_dies_in_a_publish,
    "C09": relays.hostile_relay,
    "C10": relays.replies_lost,
    "C14": crowds.urgent_behind_a_backlog,
    "C15": workers.superseded,
    "C16": workers.stopped_and_recalled,
    "C17": crowds.a_million,
    "C18": relays.poison,
    "C19": crowds.one_key_fifty_times,
    "C21": crowds.come_and_go,
    "C22": workers.rolling_restarts,
    "C40": crowds.six_writers_on_sqlite,
}
