from django.apps import AppConfig


class SubscribersConfig(AppConfig):
    name = "subscribers"

    def ready(self):
        from . import checks, receivers  # noqa: F401  registers and connects
