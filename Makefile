# Everything that people, hooks and CI do here, each in one command.
# Needs Python 3.11 or newer with its venv module, make, and a package index that pip can reach; pip's own configuration
# (PIP_* and pip.conf) is honoured.

PYTHON ?= python3
WORKERS ?= 2
PYTEST ?=

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Containers and CI often tell Python to keep no compiled modules; these commands start hundreds of processes that need them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install up test unit check lint spelling types imports schema documents packaging format lock clean
.NOTPARALLEL:

help:
	@echo "make install   create $(VENV) and install everything into it"
	@echo "make up        serve on this machine: Temporal, worker and API (Ctrl-C stops it)"
	@echo "make test      install, check, and run every test"
	@echo "make unit      install, and run the unit tests alone: about two minutes"
	@echo "make check     lint, spelling, types, layers, schema, documents, packaging"
	@echo "make format    format the code"
	@echo "make lock      renew constraints.txt from what pyproject.toml allows"
	@echo "make clean     remove what these commands made, except .stanchion"

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: there is no $(PYTHON) on PATH." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make install PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) can't make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "installing into $(VENV) (about a minute the first time)"
	@$(BIN)/python -c 'import pip' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --quiet --constraint constraints.txt --upgrade pip
	@$(PIP) install --quiet --constraint constraints.txt --build-constraint constraints.txt --group dev --editable .
	@touch $@

up: install
	@$(BIN)/stanchion up

test: install lint spelling types imports schema
	$(BIN)/pytest --numprocesses $(WORKERS) --dist worksteal $(PYTEST)

unit: install
	$(BIN)/pytest --numprocesses $(WORKERS) --dist worksteal tests/unit

check: install lint spelling types imports schema documents packaging

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

spelling: install
	$(BIN)/typos . .ci/run .env.example .pre-commit-config.yaml

types: install
	$(BIN)/mypy
	$(BIN)/mypy benchmarks

imports: install
	$(BIN)/lint-imports --no-logo

schema: install
	$(BIN)/python -m definitions.documents.json_schema --check
	$(BIN)/python -m api.cli.timeline_reference --check
	$(BIN)/python -m api.http.code_pages --check

documents: install
	$(BIN)/pytest tests/unit/project

packaging: install
	$(BIN)/pytest tests/acceptance/test_packaging.py

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:
	@rm -rf .lock
	@$(PYTHON) -m venv .lock
	@.lock/bin/python -m pip install --quiet --upgrade pip
	@.lock/bin/python -m pip install --quiet --group dev --editable .
	@{ echo "# The exact versions that 'make install' and the image install. Renewed by 'make lock', never by hand."; \
	  .lock/bin/python -m pip freeze --all --exclude-editable --exclude setuptools --exclude wheel; } > constraints.new
	@mv constraints.new constraints.txt
	@rm -rf .lock
	@git --no-pager diff --stat -- constraints.txt

clean:
	rm -rf $(VENV) .lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
