# Two commands are enough: `make demo` and `make test`. Everything lives in .venv and .fairground.
PYTHON ?= python3
BIN := .venv/bin
CATALOG ?=
PORT ?= 8000

.PHONY: help setup demo up rehearse test check format lock bench clean
help: ## Show what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

setup: .venv/ready ## Make .venv; after that .venv/bin/fairground is the command line

.venv/ready: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Fairground needs Python 3.11 or newer.")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

demo: setup ## A festival with a simulated crowd, then the site stays up (CATALOG=path, PORT=8000)
	$(BIN)/fairground demo --port $(PORT) $(if $(CATALOG),--catalogue $(CATALOG))

up: setup ## Run Fairground until Ctrl-C
	$(BIN)/fairground up --port $(PORT)

rehearse: setup ## 80,000 orders in 11 seconds in a realm of its own, then verify
	$(BIN)/fairground rehearse opening

test: setup ## Everything that must pass, the browser tests too
	tools/with_browser tools/test $(BIN)/python

check: setup ## Lint, format, types, contracts, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet fairground
	$(BIN)/mypy fairground tests
	$(BIN)/lint-imports
	$(BIN)/python -m django makemigrations --check --dry-run --settings fairground.config.settings

format: setup ## Format the code
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format --quiet .

lock: setup ## Pin the requirements anew, without index addresses
	$(BIN)/python -m uv pip compile --quiet --no-header --no-emit-index-url --no-emit-find-links --generate-hashes pyproject.toml -o requirements/runtime.txt
	$(BIN)/python -m uv pip compile --quiet --no-header --no-emit-index-url --no-emit-find-links --generate-hashes --extra dev pyproject.toml -o requirements/dev.txt

bench: setup ## The benchmarks with history (bench/)
	$(BIN)/python bench/run.py

clean: ## Remove the environment and what demos and tests left; the data in .fairground stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
