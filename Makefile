# Everything a newcomer needs. The tools live in .venv, which these targets make.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

.PHONY: help demo demo-reset test lint conformance conformance-page certification-pages format bench shell lock clean
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Wattkeeper needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)") if sys.version_info < (3, 11) else None'
	@echo "Installing what Wattkeeper needs into .venv: once, for about a minute ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "Python's venv module is missing; on Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

.venv/development: .venv/runtime requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

CATALOGUES := $(wildcard src/wattkeeper/locale/*/LC_MESSAGES/*.po src/wattkeeper/demo*/locale/*/LC_MESSAGES/*.po)
MESSAGES := $(CATALOGUES:.po=.mo)
%.mo: %.po .venv/runtime
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

demo: .venv/runtime $(MESSAGES) ## the platform, the demo third party and a worker on PORT (8000)
	@$(BIN)/wattkeeper demo --port $(PORT)

demo-reset: .venv/runtime ## throw the demo's data away
	@rm -rf var/demo

lint: .venv/development $(MESSAGES) ## formatting, lint, types, imports, settings, migrations, translations
	@PATH="$(CURDIR)/$(BIN):$$PATH" ./bin/lint

test: lint ## lint, then the tests on SQLite, on PostgreSQL and in a browser where those are found
	@PATH="$(CURDIR)/$(BIN):$$PATH" ./bin/test

conformance: .venv/development $(MESSAGES) ## the black-box pack against TARGET=target.json, or a server of its own
	@rm -rf var/conformance && mkdir -p var/conformance
	@WATTKEEPER_TARGET="$(TARGET)" WATTKEEPER_CONFORMANCE_RESULTS="$(CURDIR)/var/conformance" \
		$(BIN)/pytest -n 2 tests/blackbox/conformance

conformance-page: conformance ## the same, then docs/develop/conformance.md anew
	@$(BIN)/python bin/conformance.py write var/conformance

certification-pages: .venv/development $(MESSAGES) ## the tests by Green Button case, then docs/greenbutton anew
	@rm -rf var/certification && mkdir -p var/certification
	@WATTKEEPER_CERTIFICATION_RESULTS="$(CURDIR)/var/certification" $(BIN)/pytest -n 2 tests/greenbutton/certification
	@$(BIN)/python bin/certification.py write var/certification

format: .venv/development ## put the code in its one format
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

bench: .venv/development $(MESSAGES) ## the measures of docs/develop/performance.md
	@PATH="$(CURDIR)/$(BIN):$$PATH" ./bin/bench

shell: .venv/runtime ## a Python prompt with the models at hand
	@$(BIN)/wattkeeper shell

lock: .venv/development ## new lock files from pyproject.toml
	@./bin/lock

clean: ## remove what these targets made
	@rm -rf .venv var/demo $(MESSAGES)
