# Two commands: `make up` runs everything here, `make test` checks everything. They need python3 with venv, and make.
PYTHON ?= python3
# Not compiled beforehand: most of it is never imported, and the rest is compiled when it is.
PIP = .venv/bin/python -m pip --disable-pip-version-check -qq install --require-hashes --no-compile
any-key = SECRET_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(48))')
LOCK = uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.PHONY: up check test bench chaos field format lock messages
.NOTPARALLEL:
# Many images set it for the sake of their own layers. Here each of hundreds of processes would compile all of Django.
unexport PYTHONDONTWRITEBYTECODE

up: .venv/requirements.lock
	@exec .venv/bin/python -m statuspage.launcher

# What needs no server, in seconds: format, lint, types, import contracts, templates.
check: .venv/requirements-test.lock
	@.venv/bin/python -m tests.check

test: check
	@exec .venv/bin/python -m pytest -n 4 --dist worksteal

# Figures, not tests: one that is not as promised says FALLS SHORT, and so does the exit code.
bench: .venv/requirements-test.lock
	@exec .venv/bin/python -m tests.bench

# Faults by kill, freeze and cut line, for many minutes; fails when a promise does.
chaos: .venv/requirements-test.lock
	@exec .venv/bin/python -m tests.chaos

# Real mail servers and a real SMS gateway, unpacked into a temporary directory; minutes, and it needs the network.
field: .venv/requirements-test.lock
	@exec .venv/bin/python -m tests.field

format: .venv/requirements-test.lock
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	find templates -name '*.html' -exec .venv/bin/djade --target-version 5.2 {} +

# What is said to customers, into the catalogues and compiled; the rest is the translator's. Needs GNU gettext
# (xgettext, msgmerge, msgfmt; Debian: apt install gettext), which running the program does not.
messages: .venv/requirements-test.lock
	@command -v xgettext >/dev/null || { echo "GNU gettext is needed: apt install gettext"; exit 1; }
	$(any-key) .venv/bin/python manage.py makemessages -v 0 --all --no-wrap --no-obsolete --add-location file --ignore tests --ignore data
	@for catalogue in statuspage/locale/*/LC_MESSAGES/django.po; do sed -i.old '/^"POT-Creation-Date:/d' $$catalogue && rm $$catalogue.old; done
	$(any-key) .venv/bin/python manage.py compilemessages -v 0 --ignore '.venv/*'

lock:
	@command -v uv >/dev/null || { echo "uv is needed to make the lock files: pip install uv"; exit 1; }
	$(LOCK) --extra embedded pyproject.toml -o requirements.lock
	$(LOCK) --extra anymail --extra embedded --extra test pyproject.toml -o requirements-test.lock

# Installed again only when the lock changed: each is copied beside what it installed.
.venv/requirements.lock: requirements.lock
	$(install)

.venv/requirements-test.lock: requirements-test.lock
	$(install)

define install
@.venv/bin/python -m pip --version >/dev/null 2>&1 || $(make-venv)
@echo "Installing $< into .venv ..."
@$(PIP) -r $<
@cp $< $@
endef

define make-venv
{ \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name yours with PYTHON=..."; exit 1; }; \
	$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "Python's venv module is missing: apt install python3-venv"; exit 1; }; \
	$(PYTHON) -m venv --clear .venv; \
}
endef
