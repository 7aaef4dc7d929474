import pytest

from statuspage.lib import server_threads


@pytest.mark.parametrize(
    ("command", "variable", "threads"),
    [
        ("granian --interface wsgi --blocking-threads 5 statuspage.wsgi:application", "", 5),
        ("granian --blocking-threads=12 statuspage.wsgi:application", "", 12),
        ("granian --blocking-threads 5 --blocking-threads 7", "", 7),
        ("granian --blocking-threads 5", "9", 5),
        ("granian statuspage.wsgi:application", "9", 9),
        ("granian --blocking-threads-idle-timeout 30 --runtime-blocking-threads 3", "", 64),
        ("manage.py runserver", "", 64),
        ("manage.py runserver", "many", 64),
    ],
)
def test_what_granian_was_told_counts_and_else_the_setting(command, variable, threads):
    environ = {"GRANIAN_BLOCKING_THREADS": variable}
    assert server_threads.count(command.split(), environ, otherwise=64) == threads
