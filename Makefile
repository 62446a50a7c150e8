# The commands for working on wagtail_visit_alerts. They need Python 3.11 or newer, git and make; everything else
# goes into .venv, and is installed again only when pyproject.toml changes.

PYTHON ?= python3
PORT ?= 8000
export PORT
# Further arguments of pytest: make test ARGS="-k wizard"
ARGS ?=

VENV := .venv
RUN := $(VENV)/bin/python
MANAGE := $(RUN) example_site/manage.py
DJANGO := DJANGO_SETTINGS_MODULE=tests.settings PYTHONPATH=$(CURDIR) $(CURDIR)/$(RUN) -m django
PIP := $(RUN) -m pip --quiet --disable-pip-version-check install

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test check messages python port

help:
	@echo "make demo         run the example site: website, admin, inbox (http://localhost:$(PORT)/)"
	@echo "make demo-reset   the same, but start over: throw its data away first"
	@echo "make test         run all tests; arguments for pytest: make test ARGS=\"-k wizard\""
	@echo "make check        check style, types, layers, migrations and templates, as CI does"
	@echo "make messages     collect the texts to translate, and compile the translations"
	@echo
	@echo "PORT, DATABASE_URL, REDIS_URL and EMAIL_URL change what the example site runs on:"
	@echo "see docs/example-site.md."

demo: python port $(VENV)/.demo-installed
	@$(MANAGE) run_demo

demo-reset: python port $(VENV)/.demo-installed
	@$(MANAGE) reset_demo
	@$(MANAGE) run_demo

test: python $(VENV)/.test-installed
	@$(RUN) -m pytest -n auto $(ARGS)

check: python $(VENV)/.lint-installed
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m djlint --quiet --lint wagtail_visit_alerts example_site
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports --no-logo
	$(DJANGO) makemigrations --check --dry-run
	$(DJANGO) check --fail-level INFO
	$(MANAGE) makemigrations --check --dry-run

messages: python $(VENV)/.test-installed
	@command -v msgfmt >/dev/null || { echo "This needs GNU gettext, which is missing: install it (on Debian and Ubuntu: apt install gettext)."; exit 1; }
	@mkdir -p wagtail_visit_alerts/locale
	cd wagtail_visit_alerts && $(DJANGO) makemessages --locale pl --no-obsolete
	cd wagtail_visit_alerts && $(DJANGO) compilemessages

# ── What the commands above stand on ──

python:
	@command -v $(PYTHON) >/dev/null || { echo "This needs Python 3.11 or newer, and there is no $(PYTHON): install it."; exit 1; }
	@$(PYTHON) example_site/preflight.py python

port:
	@$(PYTHON) example_site/preflight.py port

$(VENV)/.created:
	@echo "Making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.demo-installed: pyproject.toml $(VENV)/.created
	@echo "Installing, which takes a minute or two the first time ..."
	@$(PIP) --editable ".[demo]"
	@touch $@

$(VENV)/.test-installed: pyproject.toml $(VENV)/.created
	@echo "Installing what the tests need ..."
	@$(PIP) --editable ".[test]"
	@touch $@

$(VENV)/.lint-installed: pyproject.toml $(VENV)/.created
	@echo "Installing what the checks need ..."
	@$(PIP) --editable ".[test,lint]"
	@touch $@
