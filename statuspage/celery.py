"""Queues and the whole beat schedule. Tasks carry ids and are idempotent; nothing that matters lives only in Redis.

`celery -A statuspage worker` consumes every queue below; `celery -A statuspage beat` runs the schedule.
"""

import gc
import os

from celery import Celery
from celery.signals import (
    after_setup_logger,
    after_setup_task_logger,
    task_postrun,
    task_prerun,
    worker_before_create_process,
    worker_process_init,
    worker_shutting_down,
)
from django.conf import settings
from django.db import close_old_connections
from kombu import Queue
from kombu.transport import TRANSPORT_ALIASES

from .lib import masking, shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")

SCHEDULE = {
    # what                every ... seconds   on its way at most ... seconds: workers that were down find one, not 8,640
    "sweep": {"task": "subscribers.tasks.sweep", "schedule": 10, "options": {"expires": 10}},
    "planned-work": {"task": "incidents.tasks.run_planned_work", "schedule": 10, "options": {"expires": 10}},
    "plan-ahead": {"task": "incidents.tasks.plan_ahead", "schedule": 3_600, "options": {"expires": 3_600}},
    "roll-up": {"task": "subscribers.tasks.roll_up", "schedule": 86_400, "options": {"expires": 3_600}},
}

_ROUTES = {
    "incidents.tasks.run_planned_work": "default",
    "incidents.tasks.plan_ahead": "default",
    "subscribers.tasks.expand": "expand",
    "subscribers.tasks.list_messages": "default",
    "subscribers.tasks.sweep": "default",
    "subscribers.tasks.roll_up": "default",
}


def queues() -> list[str]:
    """Every queue: one for each channel, one for fan-outs, one for the rest."""
    from subscribers.enums import Channel

    return ["expand", *Channel.values, "default"]


def route(name: str, args=(), kwargs=None, options=None, task=None, **_) -> dict[str, str]:
    """The queue of a task: a channel's drains go to the channel's own queue. Raises KeyError for an unknown task."""
    return {"queue": args[0] if name == "subscribers.tasks.drain" else _ROUTES[name]}


def configuration() -> dict:
    """Read when it is first needed: importing this module must not need settings."""
    return {
        "broker_url": settings.REDIS_URL.replace("unix://", "redis+socket://", 1),
        "broker_transport_options": {
            # A task that a dead worker held comes back after this; the hard time limit must lie below it, or a task
            # that still runs is given to a second worker.
            "visibility_timeout": 600,
            # Without these a frozen Redis holds whoever speaks to it for ever.
            "socket_timeout": 5,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
        },
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # for ever; the default gives up after 100
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "task_time_limit": 540,
        "task_soft_time_limit": 500,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "task_ignore_result": True,
        "result_backend": None,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_queues": [Queue(name, routing_key=name) for name in queues()],
        "task_default_queue": "default",
        "task_create_missing_queues": False,  # a typing error in a route must not become a queue that nobody reads
        "task_routes": (route,),
        "beat_schedule": SCHEDULE,
        # Celery closes the database's connection before and after each task; see `mind_connections`.
        "CELERY_DB_REUSE_MAX": 1_000,
        "enable_utc": True,
        "timezone": "UTC",
    }


@task_prerun.connect
@task_postrun.connect
def mind_connections(**_):
    """Keep a connection from task to task, as from request to request: unless it is old, or broken. A new one costs
    PostgreSQL as much as sending ten mails does."""
    close_old_connections()


@worker_before_create_process.connect
def keep_what_is_loaded(**_):
    """No child looks through it for garbage, or writes into the memory that all share."""
    gc.collect()
    gc.freeze()


@worker_process_init.connect
def look_for_garbage_seldom(**_):
    """A thousand messages on their way are none: looking through them took a tenth of a worker's time."""
    gc.set_threshold(50_000, 20, 100)


@worker_shutting_down.connect
def tell_the_children(**_):
    """Celery waits for tasks that run, and does not tell them."""
    shutdown.begin()


@after_setup_logger.connect
@after_setup_task_logger.connect
def mask_secrets(logger, **_):
    """Celery writes its logs in a form of its own."""
    masking.guard(logger)


TRANSPORT_ALIASES |= dict.fromkeys(("redis", "rediss"), "statuspage.lib.kombu_fix:Transport")
app = Celery("statuspage")
app.add_defaults(configuration)
app.autodiscover_tasks()
