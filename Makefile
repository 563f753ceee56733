# make run and make test are all that a newcomer needs; make help lists the rest.

PYTHON ?= python3
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
ARGS ?=
PYTEST_ARGS ?=
PYTEST_WORKERS ?= 3
BENCH_ARGS ?=
SCORING_ARGS ?=

in_environment = .venv/bin/python
set_up = @PYTHON="$(PYTHON)" TORCH_INDEX="$(TORCH_INDEX)" sh scripts/environment.sh

.DEFAULT_GOAL := help
.PHONY: help run test check format bench clean
.PHONY: environment dev-environment keras-environment peers-environment node-environment

# Two environments built at once would fight over the same folder, and there is little to gain.
.NOTPARALLEL:

help:
	@echo 'make run     start the console on the shipped model   ARGS="--lang en"'
	@echo 'make test    pass the tests                           PYTEST_ARGS="-k text"'
	@echo 'make check   lint, formatting and types'
	@echo 'make format  put formatting and imports in order'
	@echo 'make bench   measure against Keras and other peers    BENCH_ARGS="..." SCORING_ARGS="..."'
	@echo 'make clean   remove environments, caches and builds'
	@echo
	@echo 'Each sets up what it needs, the first time. PYTHON=python3.12 names the Python to use,'
	@echo "TORCH_INDEX=URL where PyTorch comes from on Linux (TORCH_INDEX= for pip's default, with CUDA)."

run: environment
	@$(in_environment) runner.py --examples $(ARGS)

test: dev-environment node-environment
	@PYTHONDONTWRITEBYTECODE= $(in_environment) -m pytest --numprocesses $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS) </dev/null

check: dev-environment
	$(in_environment) -m ruff check --no-cache .
	$(in_environment) -m ruff format --check .
	$(in_environment) -m mypy

format: dev-environment
	$(in_environment) -m ruff check --fix .
	$(in_environment) -m ruff format .

bench: dev-environment keras-environment peers-environment
	$(in_environment) benchmarks/seed_vs_keras.py $(BENCH_ARGS)
	$(in_environment) benchmarks/scoring.py $(SCORING_ARGS)
	$(in_environment) benchmarks/serve_load.py
	$(in_environment) benchmarks/allocator.py
	$(in_environment) benchmarks/spinning.py

clean:
	rm -rf .venv .venv-keras .venv-peers js/node_modules build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests benchmarks -name __pycache__ -type d -exec rm -rf {} +

environment:
	$(set_up) run

dev-environment: environment
	$(set_up) dev

keras-environment:
	$(set_up) keras

peers-environment:
	$(set_up) peers

node-environment:
	@sh scripts/node.sh
