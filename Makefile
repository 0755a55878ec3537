PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2

.PHONY: help verify train test trainings lint docs bench cuda screenshots mutants digits cancer clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/installed: pyproject.toml constraints.txt
	@echo "setting up .venv, once: a minute or two, most of it for torch"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

.venv/developing: .venv/installed
	$(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

verify: .venv/installed ## prove every formula against autograd
	$(BIN)/backproof verify

train: .venv/installed ## train on the digits, by hand and with torch
	$(BIN)/backproof train --engine numpy
	$(BIN)/backproof train --engine torch
	@echo
	@echo "see both runs:  $(BIN)/tensorboard --logdir runs"

test: .venv/installed ## all tests but those that take minutes
	$(BIN)/python -m pytest -n $(WORKERS)

trainings: .venv/installed ## the tests that take minutes: 50 kills, the course's trainings
	$(BIN)/python -m pytest -m minutes

lint: .venv/installed ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/installed ## write the generated pages of docs/
	$(BIN)/python -m backproof.pages

bench: .venv/developing ## measure against the floor and peers and write docs/benchmarks.md; ARGS=--quick for a look
	$(BIN)/python -m benchmarks $(ARGS)

cuda: .venv/installed ## on a machine with a GPU: run what is tested there, measure, and write docs/cuda.md
	$(BIN)/python -m benchmarks.cuda

screenshots: .venv/installed ## make the README's pictures of TensorBoard; needs chromium and chromedriver
	PYTHONPATH=. $(BIN)/python scripts/screenshots.py

mutants: .venv/developing ## break reference_numpy and shapes in every way; every break must be noticed
	$(BIN)/python scripts/mutants.py $(MODULES)

digits: .venv/developing ## make the digits that ship from scikit-learn's
	$(BIN)/python scripts/make_digits.py

cancer: .venv/developing ## make the cancer table that ships from scikit-learn's
	$(BIN)/python scripts/make_cancer.py

clean: ## remove what was built
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache
