# Two commands do everything: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run test test-oracle faults lint format bench up clean

VENV := .venv
BIN := $(VENV)/bin
# Nothing is fetched at run time; the lock file decides what is installed.
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(VENV)
# Airflow and Great Expectations are large: compiled once, every later process starts in a third
# of the time.
unexport PYTHONDONTWRITEBYTECODE

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV)/.ready: uv.lock pyproject.toml .ci/get-uv
	@sh .ci/get-uv
	@echo "数通: 安装依赖 · installing dependencies (uv.lock)"
	@PATH="$(CURDIR)/.tools/bin:$$PATH" uv sync --frozen --no-dev --inexact --python 3.11 --quiet
	@touch $@

$(VENV)/.ready-dev: uv.lock pyproject.toml .ci/get-uv
	@sh .ci/get-uv
	@echo "数通: 安装开发依赖 · installing development dependencies (uv.lock)"
	@PATH="$(CURDIR)/.tools/bin:$$PATH" uv sync --frozen --python 3.11 --quiet
	@touch $@ $(VENV)/.ready

setup: $(VENV)/.ready-dev  ## Install everything that developing needs

run: $(VENV)/.ready  ## Create the sample city, collect every resource through Airflow, sum up
	@$(BIN)/shutong sample create
	@$(BIN)/shutong run

up: $(VENV)/.ready  ## Run Airflow's scheduler and pages on localhost:8080
	@$(BIN)/shutong sample create
	@$(BIN)/shutong up

test: $(VENV)/.ready-dev  ## Run all tests against real servers of their own
	@sh .ci/get-servers
	@$(BIN)/pytest -n auto --dist loadfile

test-oracle: $(VENV)/.ready-dev  ## Run the tests that need an Oracle server (Docker, 3 GB, minutes)
	@sh .ci/test-oracle $(BIN)/pytest -rA tests/oracle

faults: $(VENV)/.ready-dev  ## Kill, crash and fill disks at random for long: nothing lost, nothing twice (long)
	@sh .ci/get-servers
	@$(BIN)/pytest -n auto --dist loadfile -rA tests/faults

lint: $(VENV)/.ready-dev  ## Style, types, layers, the catalog
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/shutong check

format: $(VENV)/.ready-dev  ## Put the code into form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.ready-dev  ## Measure speed and memory against peers, in one run (minutes)
	@sh .ci/get-servers
	@$(BIN)/python -m tests.bench.run

clean:  ## Remove what was built; catalog and code stay
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
