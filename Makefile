# Bare `make` explains the targets. Everything needed is installed into .venv, runtimes/node and clients/typescript.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint fix bench faults clean

PYTHON ?= python3
BIN := .venv/bin

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: ## install everything into .venv (again: only what changed)
	@$(PYTHON) scripts/setup.py

demo: setup ## serve the example project on http://localhost:3000
	@$(BIN)/motia dev examples/first-look

test: setup ## everything CI runs: lint, types, unit, exams, protocol, acceptance
	@$(BIN)/python scripts/test.py

lint: setup ## check style and types; changes nothing
	@$(BIN)/python scripts/test.py --only lint

fix: setup ## apply the formatter and safe lint fixes
	@$(BIN)/ruff format src tests scripts bench
	@$(BIN)/ruff check --fix src tests scripts bench
	@cd workbench && npm run --silent format

bench: setup ## measure, beside what it is compared with
	@$(BIN)/python bench/run.py

faults: setup ## hurt a running core in every way we know and count what was lost; writes docs/reliability.md
	@PYTHONPATH=tests $(BIN)/python -m faults

clean: ## remove what setup made
	@rm -rf .venv runtimes/node/node_modules runtimes/node/dist
	@rm -rf clients/typescript/node_modules clients/typescript/dist clients/typescript/build
	@rm -rf tests/clients/npm/node_modules
	@rm -rf workbench/node_modules workbench/dist
