# Every target sets up what it needs by itself, in .venv and .cache beside this file.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
ARGS   ?=
BENCH  ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types imports unit scenarios contract monitoring image-check controlplane e2e bench generate lock clean

help: ## Show what can be done here
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Create the virtual environment (every other target does this when needed)

$(READY): requirements/dev.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not on PATH; install Python 3.11 to 3.14, or name one: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || { echo "Python 3.11 to 3.14 is needed; $(PYTHON) is $$($(PYTHON) --version). Choose another: make PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV) (once; about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## See it work: a simulated Palette, an API server and the operator; ARGS=--once to exit when all is Ready
	@$(BIN)/palette-operator demo $(ARGS)

test: lint types imports unit scenarios ## The whole gate: lint, types, import contracts, unit tests, scenarios on the embedded API server

lint: $(READY) ## Style and formatting
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@echo "lint: ok"

types: $(READY) ## mypy --strict
	@$(BIN)/mypy

imports: $(READY) ## The layers, as import-linter contracts
	@$(BIN)/lint-imports

unit: $(READY) ## Unit and architecture tests, and those of what is in deploy/
	@$(BIN)/pytest tests/unit tests/architecture tests/deploy -n 2 --dist loadfile $(ARGS)

# Most of a scenario's time is waiting for real processes: more of them than cores run at once.
scenarios: $(READY) ## Whole scenarios on the embedded API server
	@$(BIN)/pytest tests/scenarios --control-plane embedded -n 5 --dist loadfile $(ARGS)

contract: $(READY) ## Requests and responses against Palette's OpenAPI files, where they are found (PALETTE_OPENAPI_DIR)
	@$(BIN)/pytest tests/contract -q $(ARGS)

monitoring: $(READY) ## What a genuine Prometheus makes of the alerts and the dashboard; fetches Debian's package once
	@$(BIN)/pytest tests/monitoring -n 2 --dist loadfile $(ARGS)

image-check: $(READY) ## Take the Dockerfile's steps in an empty folder, without a container engine, and try what they leave
	@$(BIN)/pytest tests/image -q $(ARGS)

controlplane: $(READY) ## Provide a genuine etcd and kube-apiserver (found, cached, fetched or built)
	@$(BIN)/python -m palette_sim.controlplane

e2e: $(READY) ## The same scenarios on a genuine control plane
	@$(BIN)/pytest tests/scenarios --control-plane genuine -n 4 --dist loadfile $(ARGS)

bench: $(READY) ## Measure against the floor that Palette's limits set (BENCH=client, rivals or edge-hosts: other things)
	@$(BIN)/python -m benchmarks $(BENCH) $(ARGS)

generate: $(READY) ## Regenerate the CRDs, the reference pages and parts of the chart, from the models and tables
	@$(BIN)/palette-operator generate

lock: $(READY) ## Refresh requirements/*.lock from pyproject.toml
	@$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --group dev --extra sim pyproject.toml -o requirements/dev.lock
	@$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --no-header --no-annotate pyproject.toml -o requirements/run.lock
	@$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --group build -o requirements/build.lock

clean: ## Remove the virtual environment and caches
	@rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .demo
