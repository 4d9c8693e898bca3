# One verb each. `make demo` and `make test` set up what they need; nothing else has to be installed but Python and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 2

LEDGER_HOME ?= $(CURDIR)/.data
PORT ?= 8000
SERVE ?= yes
TRADES ?= 3000

.PHONY: setup demo test check fix bench soak nightly lock clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Python 3.11 or newer is needed: install it, or say make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "Python's venv module is missing: install it (on Debian: apt install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)
	LEDGER_HOME="$(LEDGER_HOME)" $(BIN)/trade-ledger demo --trades $(TRADES) --port $(PORT) $(if $(filter no,$(SERVE)),--no-serve)

test: $(READY)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not soak" \
	  --cov --cov-report= && $(BIN)/coverage report --include='domain/*,ledger/*' --fail-under=95 --skip-covered | tail -n 12

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

fix: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python -m tests.bench

soak: $(READY)
	$(BIN)/pytest -m soak --timeout 3600

nightly: $(READY)
	HYPOTHESIS_PROFILE=nightly $(BIN)/pytest tests/property --timeout 7200

lock: $(READY)
	$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url \
	  --no-emit-find-links --group dev --quiet pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) .data .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
