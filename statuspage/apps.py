from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class StatuspageConfig(AppConfig):
    name = "statuspage"

    def ready(self):
        # The first registers; the second is the app of every task, and of who rings for one.
        from . import celery, checks  # noqa: F401
        from .accounts.roles import keep_roles

        # The last app whose tables the roles need: migrate announces the apps in the order of INSTALLED_APPS.
        post_migrate.connect(keep_roles, sender=apps.get_app_config("auth"), dispatch_uid="statuspage.accounts.roles")
