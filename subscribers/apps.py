from django.apps import AppConfig


class SubscribersConfig(AppConfig):
    name = "subscribers"

    def ready(self):
        from statuspage.lib import in_ids  # noqa: F401  the lookup

        from . import checks, receivers  # noqa: F401  registers and connects
