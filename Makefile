# 安行 AnXing. `make run` starts everything, `make test` runs all tests; each makes what it needs.
# Works with GNU make 3.81, as macOS has it.

python = .venv/bin/python
export RASA_TELEMETRY_ENABLED = false

.PHONY: help run rasa train test lint format evaluate benchmark fuzz backup restore lock clean environment

help: ## show this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -e 's/:.*##/	/'

run: environment ## start Rasa, the actions, the web site and, with TELEGRAM_BOT_TOKEN, Telegram
	@exec $(python) -m bot.processes

rasa: environment ## start only Rasa and the action server
	@exec $(python) -m bot.processes --only-rasa

train: environment ## train the model if it is missing or older than its data (FORCE=1: in any case)
	@exec $(python) -m bot.processes.training $(if $(FORCE),--force)

test: environment train ## run all tests (ARGS='-k name' for some)
	@exec $(python) -m pytest $(ARGS)

lint: environment ## check style and types
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy

format: environment ## bring the code into its format
	$(python) -m ruff check --fix .
	$(python) -m ruff format .

# Trained only when there is a file to read: a wrong name is told at once, and FOLDS trains models of its own.
evaluate: environment $(if $(wildcard $(FILE)),train) ## measure: FILE=messages.jsonl or FOLDS=5, AGAINST=models/OLD.tar.gz
	@exec $(python) -m bot.processes.evaluation "$(FILE)" --folds "$(FOLDS)" --against "$(AGAINST)"

benchmark: environment train ## does a turn cost more late in a long talk, and how long does reading take
	@exec $(python) -m benchmarks.turn_cost

backup: environment ## write a sealed backup while everything runs, to var/backups or TO=FILE
	@exec $(python) manage.py backup $(if $(TO),--to "$(TO)")

restore: environment ## put FILE=….backup into an empty database (REPLACE=1: in place of what it holds)
	@exec $(python) manage.py restore $(if $(REPLACE),--replace) "$(FILE)"

fuzz: environment ## feed odd inputs to whatever reads what strangers send (INPUTS=100000)
	@exec $(python) -m benchmarks.fuzz --inputs $(or $(INPUTS),100000)

lock: ## write requirements.lock anew from requirements.in (needs uv)
	uv pip compile --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-header \
		--quiet --output-file requirements.lock requirements.in

clean: ## remove .venv, models and caches; var/ with its keys and records stays
	rm -rf .venv models .rasa .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	@sh tools/make_environment.sh
