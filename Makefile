# Everything sets itself up: a clone, Python 3.11 or newer and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp

.PHONY: help setup demo test check format schemas clean

help:
	@echo "make demo   apply the demo space and say where its dashboard is"
	@echo "make test   run the tests"
	@echo "make check  format, lint, types and import direction"

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "error: Python 3.11 or newer is needed; say which with make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "error: Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

setup: $(STAMP)

demo: setup
	$(BIN)/engine apply --yes
	@echo
	@echo "The exercise's dashboard:"
	@$(BIN)/python -c "import pathlib; print('  ' + pathlib.Path('.dataspace/site/prod/projects/studio-romain/dashboards/doctors.html').absolute().as_uri())"

test: setup
	$(BIN)/python -m pytest $(TESTS)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schemas: setup
	$(BIN)/engine schema --out docs/schemas

clean:
	rm -rf $(VENV) .dataspace build *.egg-info
