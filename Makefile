# Everything a person does with a checkout; `make` alone lists it.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
STORE ?= seaweedfs
KIND ?= gpu
PYTEST := $(BIN)/python -m pytest

# One BLAS thread a process: several run at once here, and more would get in their way.
export OMP_NUM_THREADS ?= 1
export BENTOML_DO_NOT_TRACK := True
export PYTHONUNBUFFERED := 1

.PHONY: help env demo serve test test-long check format headline image lock minio clean

help: ## list what make can do
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

env: ## make the environment in .venv from requirements/
	@$(PYTHON) local/environment.py

demo: env ## the whole path on real data, from transactions to answers (STORE=minio: on MinIO)
	@$(BIN)/python -m local.demo --store $(STORE)

serve: env ## serve the demo's model until Ctrl-C (PORT=3000)
	@$(BIN)/python -m local.serve $(if $(PORT),--port $(PORT))

test: env minio ## all tests, with the real servers
	$(PYTEST) -m "not long" $(PYTEST_ARGS)

test-long: env minio ## race, fault and soak suites at full counts
	$(PYTEST) -m long $(PYTEST_ARGS)

check: env ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: env ## format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

image: env ## build the container image (KIND=cpu: the small one without torch)
	@$(BIN)/python -m deploy.image --kind $(KIND)

headline: env ## from Spotlight's defaults to the production model, measured (about 10 minutes)
	@$(BIN)/python -m benchmarks.headline

minio: env ## build MinIO once into the cache folder (minutes)
	@$(BIN)/python -m local.minio

lock: env ## pin requirements/*.in into *.txt (LOCK_ARGS=--upgrade: to the newest)
	@cd requirements && for name in dev training gpu serving; do \
		../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes $(LOCK_ARGS) \
			--no-header --no-emit-index-url --no-emit-find-links \
			$$([ $$name = dev ] || echo "--constraints dev.txt") $$name.in --output-file $$name.txt || exit 1; done
	@cd requirements && for name in uv data; do \
		../$(BIN)/uv pip compile --quiet --no-deps --universal --python-version 3.11 --generate-hashes $(LOCK_ARGS) \
			--no-header --no-emit-index-url --no-emit-find-links $$name.in --output-file $$name.txt || exit 1; done

clean: ## remove the environment and all work files (the cache folder stays)
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
