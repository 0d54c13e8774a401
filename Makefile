# Two commands on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# 0: `make demo` serves no pages and ends, for machines without a person.
SERVE ?= 1

# Face crops with labels, which `make report` judges the packaged bundle on.
FACES ?= ../shared/data/faces.parquet

.PHONY: demo test check format bench report constraints clean

demo: $(VENV)/core
	$(BIN)/zokusei demo $(if $(filter 0,$(SERVE)),--no-serve --no-open)

test: $(VENV)/dev
	$(BIN)/python -m pytest

check: $(VENV)/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(VENV)/dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/dev
	$(BIN)/python -m bench.tag
	$(BIN)/python -m bench.networks
	$(BIN)/python -m bench.head

report: $(VENV)/core
	runs/report.sh "$(FACES)"

# What the commands above need, installed once and again when it changes.
$(VENV)/core: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt --editable .
	touch $@

$(VENV)/dev: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt --editable '.[train,bookmarks,dev]'
	touch $@ $(VENV)/core

# Needs uv. The pins hold on any machine: no index, no local version suffix.
constraints:
	$(BIN)/uv pip compile pyproject.toml --extra train --extra bookmarks --extra dev --universal --no-header \
		--no-annotate --no-emit-index-url --output-file constraints.txt --upgrade
	sed -i 's/+cpu//' constraints.txt

clean:
	rm -rf $(VENV) demo
