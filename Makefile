# Two commands on a fresh machine: make run ASK="find big logs", make test. Nothing but Python >= 3.10 is needed.
PYTHON ?= python3
VENV ?= .venv
TRAIN_VENV ?= .venv-train
BIN = $(VENV)/bin
TRAIN_BIN = $(TRAIN_VENV)/bin
DATA_DIR ?= ../shared/data
RUNS ?= runs
CORPUS = $(RUNS)/examples.jsonl

.PHONY: run test test-slow test-model check lint bench bench-causal completions docs screenshots wheel coverage corpus train export clean help

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 14

run: $(VENV)/run.stamp ## make run ASK="find big logs"
	@$(BIN)/shellper -- "$(ASK)"

test: $(VENV)/dev.stamp ## the tests that need no torch (under 5 minutes)
	$(BIN)/python -m pytest

test-slow: $(VENV)/dev.stamp ## fuzzing: 10,000 random requests
	$(BIN)/python -m pytest -m slow

test-model: $(TRAIN_VENV)/train.stamp ## the training pipeline at toy size (installs the train extra)
	$(TRAIN_BIN)/python -m pytest -m train

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check shellper model tests

check: lint test test-model ## what CI runs, and lint

bench: $(VENV)/dev.stamp ## latency, memory and size on this machine
	$(BIN)/python -m tests.bench

bench-causal: $(TRAIN_VENV)/train.stamp ## our student beside a 270M causal model: docs/benchmarks.md (10 GB of memory, half an hour)
	test -f $(RUNS)/causal-270m/manifest.json || $(TRAIN_BIN)/python -m model.causal_shapes --data-dir $(DATA_DIR) --out $(RUNS)/causal-270m
	$(TRAIN_BIN)/python -m tests.bench_causal --student $(RUNS)/causal-270m --data-dir $(DATA_DIR) --docs docs

completions: $(VENV)/run.stamp ## write the completion files anew
	_SHELLPER_COMPLETE=bash_source $(BIN)/shellper > completions/generated/shellper.bash
	_SHELLPER_COMPLETE=zsh_source $(BIN)/shellper > completions/generated/_shellper
	_SHELLPER_COMPLETE=fish_source $(BIN)/shellper > completions/generated/shellper.fish

docs: $(VENV)/dev.stamp ## write the generated reference pages and the default settings anew
	$(BIN)/python -m tests.reference

screenshots: $(VENV)/dev.stamp ## the pictures of the README, from real runs (needs tmux)
	$(BIN)/python -m tests.screenshots

wheel: $(VENV)/dev.stamp ## build the wheel
	$(BIN)/pip install -q build && $(BIN)/python -m build --wheel

coverage: $(VENV)/dev.stamp ## how many public pairs parse into plans
	$(BIN)/python -m model.coverage --data-dir $(DATA_DIR)

corpus: $(TRAIN_VENV)/train.stamp ## execute the corpus, write training examples
	mkdir -p $(RUNS) && $(TRAIN_BIN)/python -m model.synthesis --data-dir $(DATA_DIR) --out $(CORPUS) --report $(RUNS)/thrown-away.tsv

train: $(TRAIN_VENV)/train.stamp ## train the student on $(CORPUS); resumes where it stopped
	$(TRAIN_BIN)/python -m model.train --data $(CORPUS) --out $(RUNS)/student --resume

export: $(TRAIN_VENV)/train.stamp ## export, quantize and install the artefact
	$(TRAIN_BIN)/python -m model.export --run $(RUNS)/student --out shellper/student/artefact

$(VENV)/run.stamp: pyproject.toml
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -q --disable-pip-version-check -e . && touch $@

$(VENV)/dev.stamp: pyproject.toml $(VENV)/run.stamp
	@$(BIN)/pip install -q --disable-pip-version-check -e '.[dev]' && touch $@

$(TRAIN_VENV)/train.stamp: pyproject.toml
	@test -d $(TRAIN_VENV) || $(PYTHON) -m venv $(TRAIN_VENV)
	@$(TRAIN_BIN)/pip install -q --disable-pip-version-check torch==2.13.0
	@$(TRAIN_BIN)/pip install -q --disable-pip-version-check -e '.[train,dev]' && touch $@

clean:
	rm -rf $(VENV) $(TRAIN_VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
