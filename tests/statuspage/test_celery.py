import pytest
from celery.fixups.django import DjangoWorkerFixup
from celery.signals import task_postrun, task_prerun
from django.db import connection

from statuspage.celery import SCHEDULE, app, queues, route

ARGUMENTS = {"subscribers.tasks.drain": ["email", "sms"]}


@pytest.fixture(autouse=True)
def _loaded():
    app.loader.import_default_modules()


def test_there_are_tasks():
    assert {"subscribers.tasks.expand", "subscribers.tasks.drain", "subscribers.tasks.sweep"} <= app.tasks.keys()


def test_every_task_goes_to_a_queue_that_the_worker_consumes():
    consumed = {queue.name for queue in app.amqp.queues.consume_from.values()}  # of `worker` without --queues
    assert consumed == set(queues())
    for name in app.tasks:
        if name.startswith("celery."):
            continue
        for argument in ARGUMENTS.get(name, [1]):
            assert route(name, (argument,))["queue"] in consumed


def test_every_entry_of_the_schedule_is_a_task_and_does_not_pile_up():
    for entry in SCHEDULE.values():
        assert entry["task"] in app.tasks
        assert entry["options"]["expires"] <= entry["schedule"]


def test_a_task_that_still_runs_is_not_given_to_a_second_worker():
    conf = app.conf
    assert conf.task_soft_time_limit < conf.task_time_limit < conf.broker_transport_options["visibility_timeout"]
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost


def test_messages_are_json_and_results_are_not_kept():
    assert list(app.conf.accept_content) == ["json"]
    assert app.conf.task_serializer == "json"
    assert app.conf.task_ignore_result
    assert app.conf.result_backend is None


def between_two_tasks() -> None:
    """What Celery does, and what we do."""
    task = app.tasks["subscribers.tasks.sweep"]
    fixup = DjangoWorkerFixup(app)
    fixup.on_task_postrun(task)
    task_postrun.send(task)
    fixup.on_task_prerun(task)
    task_prerun.send(task)


def ask() -> object:
    """Returns the connection that was asked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return connection.connection


@pytest.mark.django_db(transaction=True)
def test_a_connection_is_kept_from_task_to_task():
    first = ask()
    between_two_tasks()
    assert ask() is first


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_meanwhile_is_replaced():
    first = ask()
    first.close()
    between_two_tasks()
    assert ask() is not first


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_old_is_replaced():
    first = ask()
    connection.close_at = 0.0
    between_two_tasks()
    assert ask() is not first
