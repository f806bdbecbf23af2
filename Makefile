# Everything the project is built, run and checked with. Nothing but git, make, python3 and python3-venv is needed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Of the tests. Two processors are busy with three: system tests wait half of their time.
WORKERS ?= 3

# Two serializers that nobody here speaks come with Crossbar as source; without these, pip looks for a C compiler.
export PYBJDATA_NO_EXTENSION := 1
export PYUBJSON_NO_EXTENSION := 1

# Some containers forbid Python to keep what it compiles: each of the hundreds of processes would do it again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test soak pictures lint bench bench-full clean

# Not where the gateway has keys of its operator's, or others can reach it: it would not start.
ifeq ($(TAPECAST_JWT_SECRET)$(TAPECAST_JWT_KEYS)$(TAPECAST_JWKS_URL)$(TAPECAST_HOST)$(TAPECAST_TRUSTED_PROXIES),)
run: export TAPECAST_DEMO_USERS ?= alice:trader,bob:trader,rita:risk,olga:admin
endif

run: $(VENV)/installed
	@$(BIN)/tapecast start

test: $(VENV)/installed-for-tests lint
	@scripts/get-chromium
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

# Those of the documents, as the test of all pages takes them.
pictures: $(VENV)/installed-for-tests
	@scripts/get-chromium
	TAPECAST_PICTURES=docs/pictures $(BIN)/python -m pytest tests/system/pages/test_all_pages.py

soak: $(VENV)/installed-for-tests
	$(BIN)/python -m pytest tests/soak

bench: $(VENV)/installed-for-tests
	$(BIN)/python -m benchmarks.suite
	$(BIN)/python -m benchmarks.orders
	$(BIN)/python -m benchmarks.decode
	$(BIN)/python -m benchmarks.tokens

bench-full: $(VENV)/installed-for-tests
	$(BIN)/python -m benchmarks.suite --full
	$(BIN)/python -m benchmarks.orders
	$(BIN)/python -m benchmarks.decode
	$(BIN)/python -m benchmarks.tokens

lint: $(VENV)/installed-for-tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

clean:
	rm -rf $(VENV) .data test-results build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python setup.cfg clients/python/setup.cfg
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --editable clients/python
	@touch $@

$(VENV)/installed-for-tests: $(VENV)/bin/python setup.cfg clients/python/setup.cfg
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]' --editable clients/python
	@touch $(VENV)/installed $@
