"""Queues and the whole beat schedule. Tasks carry ids and are idempotent; nothing that matters lives only in Redis."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
