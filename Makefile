# Everything a person or CI runs. Each target sets up what it needs, once: from a fresh clone only
# Python 3.11+ and make are asked for; Node and Chromium are used where they are (CI: always).

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
# What is imported is compiled once, by its first use: pip would take as long again to compile everything.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/pip --disable-pip-version-check install --quiet --no-compile
MADE := .venv/.made

ROOMS := tidegauge collector ingest_api app layouts cli
CODE := $(wildcard $(ROOMS) docs tests benchmarks)
QUICK := not browser and not processes and not elasticsearch and not engines and not soak
REST := not soak and not engines and not ($(QUICK))

.PHONY: help up demo elasticsearch cluster test check static js pytest quick engines unit soak oldest storage bench docs clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 14

up: $(MADE)/server ## a server and a collector of this machine; prints the URL
	@exec $(BIN)/tidegauge up $(ARGS)

demo: $(MADE)/server ## simulated hosts, sent to a server that runs: make demo ARGS="--hosts 20"
	@exec $(BIN)/tidegauge demo $(ARGS)

elasticsearch: $(MADE)/tests ## a real Elasticsearch for trial: make elasticsearch ARGS="--port 9200"
	@exec $(BIN)/python -m tests.elasticsearch $(ARGS)

cluster: $(MADE)/tests ## a whole cluster on this machine for trial: make cluster ARGS="--port 8080 --hosts 20"
	@exec $(BIN)/python -m tests.cluster $(ARGS)

test: $(MADE)/tests ## everything: lint, types, contracts, all tests, Chromium and Node where they are
	@$(MAKE) --no-print-directory --jobs=2 static js
	@$(MAKE) --no-print-directory pytest

check: $(MADE)/tests ## within a minute: lint, types, contracts, unit tests
	@$(MAKE) --no-print-directory --jobs=2 static js unit

soak: $(MADE)/tests ## the long forms of tests
	$(BIN)/python -m pytest -m "soak or hypothesis" --hypothesis-profile=soak $(ARGS)
	$(MAKE) --no-print-directory oldest

# CI=true: without a server it fails, for tests that were skipped say nothing.
oldest: $(MADE)/tests ## all that speaks to Elasticsearch, on the oldest that is spoken to
	CI=true TIDEGAUGE_TEST_ES_VERSION=8.19.3 $(BIN)/python -m pytest -m elasticsearch tests/tidegauge
	$(MAKE) --silent storage > tests/elasticsearch/oldest.sha256

storage:
	@find tidegauge/storage -name '*.py' -o -name '*.json' | LC_ALL=C sort | xargs sha256sum

bench: $(MADE)/tests ## measure, and write the numbers down
	$(BIN)/python -m benchmarks $(ARGS)

docs: $(MADE)/server ## write docs/settings.md and docs/metrics.md from the code's tables
	$(BIN)/python -m docs.generate

clean: ## remove what the other targets installed or cached; data in var/ stays
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info

static: $(MADE)/tests
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(MADE)/tests
	$(BIN)/python -m pytest -q -n 3 --hypothesis-profile=check -m "$(QUICK) and not slow" $(ARGS)

# Those of tests/e2e have the machine to themselves, but those of people, which wait for the most part. Of the others
# those that start no process run on both processors beside those of engines, which wait, too; the rest has an
# Elasticsearch for each processor.
pytest: $(MADE)/tests
ifeq ($(strip $(ARGS)),)
	@$(MAKE) --no-print-directory --jobs=2 quick engines
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "$(REST)" --ignore-glob "tests/e2e/test_*"
	$(BIN)/python -m pytest -m "$(REST)" tests/e2e --ignore tests/e2e/people
else
	$(BIN)/python -m pytest -m "not soak" $(ARGS)
endif

quick: $(MADE)/tests
	$(BIN)/python -m pytest -n 2 -m "$(QUICK)"

# Each engine is one's own.
engines: $(MADE)/tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "engines and not soak"

# CI may not go on without Node; a person may.
js:
	@if command -v npm >/dev/null; then \
	  $(MAKE) --no-print-directory node_modules/.made && npm run --silent check:js && npm run --silent test:js; \
	elif [ "$$CI" = true ]; then \
	  echo "make: Node is not installed, so JavaScript cannot be checked" >&2; exit 1; \
	else \
	  echo "Node is not installed: JavaScript is not checked"; \
	fi

# --- set-up, by stamps: each is younger than what it was made from -------------------------------

$(MADE)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "make: Python 3.11 or later is needed: set PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "make: this Python cannot make a venv: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	@mkdir -p $(MADE) && touch $@

$(MADE)/server: requirements.txt pyproject.toml | $(MADE)/venv
	$(PIP) -r requirements.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(MADE)/tests: requirements-dev.txt $(MADE)/server
	$(PIP) -r requirements-dev.txt
	@touch $@

node_modules/.made: package.json package-lock.json
	npm ci --silent
	@touch $@
