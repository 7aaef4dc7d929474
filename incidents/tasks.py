"""Celery's door. A task may run twice, and several may run at once."""

from celery import shared_task
from django.utils import timezone

from .actions import running, series


@shared_task
def run_planned_work() -> None:
    """Do the steps of planned work whose time has come."""
    running.run_due()


@shared_task
def plan_ahead() -> None:
    """Make the windows of each series that come near enough."""
    series.keep_ahead(at=timezone.now())
