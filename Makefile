# Two commands for a newcomer: `make demo` shows a whole city, `make test` passes every test.
.PHONY: help demo setup test check fuzz format lock bench bench-routing
.DEFAULT_GOAL := help

help: ## Show these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-13s %s\n", $$1, $$2}' Makefile

demo: ## Set everything up, build the demo city, serve it and print its address
	@requirements/install.sh run
	@exec .venv/bin/wangge demo --commit --serve

setup: ## Prepare everything (database, environment, browser, fonts) without running
	@requirements/install.sh dev

test: setup ## Run every test
	@.venv/bin/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile

check: setup ## Format, lint, types and import contracts
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

fuzz: setup ## Ask 20,000 cases made from the description of the HTTP door, as nobody and as each role
	@WANGGE_FUZZ_CASES=20000 .venv/bin/python -m pytest -q -s tests/api/test_fuzz.py

format: ## Format the code
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

bench-routing: setup ## Print how fast points find their grids, side by side with named peers
	@.venv/bin/python -m tests.benchmarks.routing

bench: setup ## Print the benchmarks: routing, tiles, import, side by side with named peers
	@.venv/bin/python -m tests.benchmarks

lock: ## Write the lock files anew (needs uv)
	@for purpose in run dev; do \
		extras="--extra build"; [ $$purpose = dev ] && extras="$$extras --extra dev"; \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
			$$extras pyproject.toml -o requirements/$$purpose.lock; done
