# The commands for working on wagtail_visit_alerts. They need Python 3.11 or newer, git and make; everything else
# goes into .venv, and is installed again only when pyproject.toml changes.

PYTHON ?= python3
PORT ?= 8000
export PORT
# Further arguments of pytest: make test ARGS="-k wizard"; or the benchmarks to run: make bench ARGS=served_page
ARGS ?=

VENV := .venv
RUN := $(VENV)/bin/python
MANAGE := $(RUN) example_site/manage.py
DJANGO := DJANGO_SETTINGS_MODULE=tests.settings PYTHONPATH=$(CURDIR) $(CURDIR)/$(RUN) -m django
SPHINX := $(RUN) -m sphinx -q
# The parts of the documentation that are there in Polish too; the rest is for developers.
TRANSLATED := guide index install
PIP := $(RUN) -m pip --quiet --disable-pip-version-check install

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test check bench chaos messages docs docs-messages guide page-views screenshots scripts python port

help:
	@echo "make demo         run the example site: website, admin, inbox (http://localhost:$(PORT)/)"
	@echo "make demo-reset   the same, but start over: throw its data away first"
	@echo "make test         run all tests; arguments for pytest: make test ARGS=\"-k wizard\""
	@echo "make check        check style, types, layers, migrations and templates, as CI does"
	@echo "make bench        print what a message, a page, matching and delivery cost here; takes minutes"
	@echo "make chaos        kill and starve everything while 1,000 alerts are raised, on three databases; needs root"
	@echo "make messages     collect the texts to translate, and compile the translations"
	@echo "make docs         build the documentation, in English and Polish (docs/_build/html)"
	@echo "make docs-messages  collect the documentation's texts to translate"
	@echo "make guide        write the guide inside the admin anew, from docs/guide"
	@echo "make page-views   write the tables of docs/page-views.md anew, from the browser tests' cases"
	@echo "make screenshots  take the guide's pictures anew; needs Chromium"
	@echo "make scripts      make the scripts of a site's pages anew, from the sources beside them"
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

bench: python $(VENV)/.test-installed
	@$(RUN) -m benchmarks $(ARGS)

chaos: python $(VENV)/.test-installed
	@PYTHON=$(RUN) .ci/chaos $(ARGS)

messages: python $(VENV)/.test-installed
	@command -v msgfmt >/dev/null || { echo "This needs GNU gettext, which is missing: install it (on Debian and Ubuntu: apt install gettext)."; exit 1; }
	@mkdir -p wagtail_visit_alerts/locale
	cd wagtail_visit_alerts && $(DJANGO) makemessages --locale pl --no-obsolete --add-location file
	cd wagtail_visit_alerts && $(DJANGO) compilemessages

docs: python $(VENV)/.docs-installed
	$(SPHINX) -W --keep-going -b html -D language=en docs docs/_build/html/en
	$(SPHINX) -W --keep-going -b html -D language=pl docs docs/_build/html/pl

docs-messages: python $(VENV)/.docs-installed
	$(SPHINX) -W -b gettext docs docs/_build/gettext
	@mkdir -p docs/_build/translated
	cp $(TRANSLATED:%=docs/_build/gettext/%.pot) docs/_build/translated
	$(VENV)/bin/sphinx-intl update -p docs/_build/translated -d docs/locale -l pl -w 112

guide: python $(VENV)/.docs-installed
	$(RUN) docs/package_guide.py

page-views: python
	$(RUN) docs/page_view_table.py

screenshots: python $(VENV)/.test-installed
	$(RUN) docs/screenshots.py
	$(RUN) docs/package_guide.py

scripts: python $(VENV)/.test-installed
	@$(RUN) tools/minify_scripts.py

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

$(VENV)/.docs-installed: pyproject.toml $(VENV)/.created
	@echo "Installing what builds the documentation ..."
	@$(PIP) --editable ".[docs]"
	@touch $@

$(VENV)/.lint-installed: pyproject.toml $(VENV)/.created
	@echo "Installing what the checks need ..."
	@$(PIP) --editable ".[test,lint]"
	@touch $@
