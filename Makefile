# Edile: `make demo` and `make test` are complete on a fresh machine with git, make and Python >= 3.11.
SHELL   := /bin/sh
VENV    := .venv
BIN     := $(VENV)/bin
EXTRAS  := hub,attendance,modbus,mqtt,sim,vision,dev
ARGS    ?=
# One more than there are cores: some tests wait for real processes, and others can be run meanwhile.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
STAMP   := $(VENV)/.edile-$(shell cat pyproject.toml constraints.txt | cksum | cut -d' ' -f1)
PEERS   := $(STAMP)-peers

.PHONY: help demo test lint bench clean
help:
	@echo "make demo   hub, gateway, a simulated station and two cameras for three minutes, then a scorecard"
	@echo "            (make demo ARGS=\"--headless --minutes 2 --seed 7\"; ARGS=--help lists more)"
	@echo "make test   everything that CI runs: lint, types, import rules, tests"
	@echo "make lint   formatting, lint, types and import rules only"
	@echo "make bench  the questions of docs/benchmarks.md, measured (ARGS=\"--quick\", ARGS=\"--only 1,6\")"
	@echo "make clean  remove what these made"

# A virtual environment of our own: nothing is installed into the machine, root or not.
$(STAMP): pyproject.toml constraints.txt
	@sh .ci/venv $(VENV)
	@echo "installing edile[$(EXTRAS)] into $(VENV) (a few minutes the first time) ..."
	@PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check \
		-c constraints.txt -e ".[$(EXTRAS)]"
	@rm -f $(VENV)/.edile-* && touch $@

$(PEERS): $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$(EXTRAS),peers]"
	@touch $@

demo: $(STAMP)
	@$(BIN)/edile demo $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

test: lint
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

bench: $(PEERS)
	@$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
