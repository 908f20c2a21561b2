# Everything goes through a virtual environment in .venv that `make setup` creates and completes.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup:  ## system libraries, virtual environment, packages, message types; does only what is missing
	@$(PYTHON) tools/bootstrap.py --venv $(VENV)

demo: setup  ## a recorded walk of several people through the real nodes; DEMO_ARGS="--help" lists the options
	@$(BIN)/sgcross demo $(DEMO_ARGS)

test: setup lint  ## lint, types and the whole test suite; TEST_ARGS go to pytest
	@$(BIN)/python -m pytest $(TEST_ARGS)

lint: setup  ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: setup  ## latency and throughput of the nodes and of the world here; BENCH_ARGS="--help" lists the options
	@$(BIN)/sgcross bench $(BENCH_ARGS)
	@$(BIN)/sgcross world speed

clean:  ## what set-up and runs made; not your gallery
	rm -rf $(VENV) build install log *.egg-info .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
