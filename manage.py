#!/usr/bin/env python
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
    try:
        import environ
        from django.core.management import execute_from_command_line
    except ImportError as error:
        sys.exit(f"{error} in {sys.executable}. Use .venv/bin/python; `make up` makes it.")
    # A person at a prompt has not the environment of the services. What it sets itself comes first.
    environ.Env.read_env(Path(__file__).with_name(".env"))
    execute_from_command_line(sys.argv)
