"""Celery's door. A task may run twice, and several may run at once."""

from celery import shared_task

from .actions import running


@shared_task
def run_planned_work() -> None:
    """Do the steps of planned work whose time has come."""
    running.run_due()
