# Bare `make` lists what one can ask for.
.DEFAULT_GOAL := help
.PHONY: help run test check test-all examples simulate crash-matrix orders mutants fuzz load bench build deploy logs reset lock lint style

ENV ?= dev
SAM ?= .venv-sam/bin/sam
PYTHON_IN_VENV = .venv/bin/python
export SAM_CLI_TELEMETRY = 0
export PYTHON

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/.run-installed .venv/bin/mpesa-gateway ## the gateway, Safaricom and a demo shop on this machine
	@exec $(PYTHON_IN_VENV) -m local

test: .venv/.test-installed .venv-sam/.installed .venv/.browser .venv/bin/mpesa-gateway style ## check, and all quick tests
	@told=$$(mktemp); trap 'rm -f "$$told"' EXIT; \
	nice sh -c '$(TYPES)' >"$$told" 2>&1 & types=$$!; \
	$(PYTHON_IN_VENV) -m pytest -n 2 --dist loadscope tests; tests=$$?; \
	wait $$types; types=$$?; cat "$$told"; exit $$((tests ? tests : types))

check: .venv/.test-installed .venv-sam/.installed lint ## lint, types, template and the rules of the house
	$(PYTHON_IN_VENV) -m pytest -n 2 tests/house

test-all: .venv/.test-installed .venv-sam/.installed .venv/.browser .venv/.node .venv/bin/mpesa-gateway lint ## the long tests too
	$(PYTHON_IN_VENV) -m pytest -n 2 --dist loadscope -m "" tests

examples: .venv/.test-installed .venv/.browser .venv/.node .venv/bin/mpesa-gateway ## build the example shops and pay in them
	$(PYTHON_IN_VENV) -m pytest -m "" tests/examples tests/end_to_end/test_recipes.py

simulate: .venv/.test-installed ## lives of payments in bad weather; SEED=, PAYMENTS=, LONG=1 for a million; MONEY_OUT=1
	PYTHONPATH=layers/daraja:layers/gateway:. $(PYTHON_IN_VENV) -m tests.simulation.$(if $(MONEY_OUT),swarm_money_out,swarm) \
		$(if $(SEED),--seed $(SEED)) $(if $(LONG),--long) \
		$(if $(PAYMENTS),$(if $(MONEY_OUT),--count,--payments) $(PAYMENTS))

crash-matrix: .venv/.test-installed ## every step of every flow with every fault; PAIRS=1, INTERLEAVINGS=1
	PYTHONPATH=layers/daraja:layers/gateway:. $(PYTHON_IN_VENV) -m tests.simulation.crash_matrix \
		$(if $(PAIRS),--pairs) $(if $(INTERLEAVINGS),--interleavings)

orders: .venv/.test-installed ## every order of five deliveries of every kind; WRITERS=1 for two processes at once
	PYTHONPATH=layers/daraja:layers/gateway:. $(PYTHON_IN_VENV) -m tests.laws.every_order \
		$(if $(WRITERS),--writers --case "every kind")

mutants: .venv/.test-installed ## break each line that a law needs, and see its test fail
	PYTHONPATH=layers/daraja:layers/gateway:. $(PYTHON_IN_VENV) -m tests.laws.mutants

load: .venv/.test-installed .venv/bin/mpesa-gateway ## peaks, outages, floods and herds, on this machine alone
	PYTHONPATH=layers/daraja:layers/gateway:. $(PYTHON_IN_VENV) -m tests.load

fuzz: .venv/.test-installed ## spoilt bodies at every door, the API against its description; SEED=, LONG=1
	PYTHONPATH=layers/daraja:layers/gateway:. $(PYTHON_IN_VENV) -m tests.fuzz \
		$(if $(SEED),--seed $(SEED)) $(if $(LONG),--long)

bench: .venv/.test-installed .venv-sam/.installed ## what payments cost, as ratios in one run
	PYTHONPATH=layers/daraja:layers/gateway:. $(PYTHON_IN_VENV) -m benchmarks

build: .venv/.run-installed .venv-sam/.installed .venv/bin/mpesa-gateway ## what is deployed, into .aws-sam/ (no Docker)
	@find functions layers -name __pycache__ -prune -exec rm -rf {} +
	PYTHON="$(CURDIR)/$(PYTHON_IN_VENV)" RUNTIME_PYTHON="$(RUNTIME_PYTHON)" $(SAM) build
	@du -sk .aws-sam/build/*Layer | awk '{ mb = $$1 / 1024; all += mb; n = split($$2, part, "/"); \
		printf "  %-18s %5.1f MB\n", part[n], mb } END { printf "  %-18s %5.1f MB of 30\n", "all layers", all }'

deploy: build ## to AWS; ENV=dev, sandbox or production (samconfig.toml)
	$(SAM) deploy --config-env $(ENV)

logs: ## follow the local functions' logs; with ENV=dev (or another) those of the deployed ones
ifeq ($(origin ENV),file)
	@ls .local/logs/*.log >/dev/null 2>&1 || { echo "There are no local logs yet: start the gateway with make run." >&2; exit 1; }
	@tail -n 20 -F .local/logs/*.log
else
	@$(MAKE) --no-print-directory .venv-sam/.installed
	$(SAM) logs --config-env $(ENV) --tail
endif

reset: ## forget all local payments, keys and settings
	@pid=$$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' .local/run.json 2>/dev/null); \
	if [ -n "$$pid" ] && kill -0 "$$pid" 2>/dev/null; then \
		echo "The local gateway runs (process $$pid). Stop it first, with Ctrl-C where \`make run\` runs." >&2; exit 1; fi
	rm -rf .local

lock: .venv/.test-installed ## choose versions anew and write them with their hashes
	$(LOCK) --python-version 3.11 tests/requirements.in -o tests/requirements.txt
	$(LOCK) --python-version 3.11 -c tests/requirements.txt local/requirements.in -o local/requirements.txt
	$(LOCK) --python-version 3.13 -c tests/requirements.txt layers/dependencies/requirements.in \
		-o layers/dependencies/requirements.txt
	$(LOCK) --python-version 3.11 tests/sam/requirements.in -o tests/sam/requirements.txt
	$(LOCK) --python-version 3.11 tests/examples/node.in -o tests/examples/node.txt
	$(LOCK) --python-version 3.11 docs/examples/fastapi/requirements.in -o docs/examples/fastapi/requirements.txt

LOCK = .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header

lint: style
	$(TYPES)

style:
	.venv/bin/ruff check --no-cache .
	.venv/bin/ruff format --check .

# Types and template take half a minute: `make test` has them tried meanwhile, where its tests wait, and told at the end.
TYPES = .venv/bin/mypy && $(SAM) validate --lint --region eu-west-1

# The runtime's own minor version, to compile bytecode that Lambda takes; empty if it is not here.
RUNTIME_PYTHON = $(shell for python in python3.13 $$(.venv/bin/uv python find --no-python-downloads 3.13 2>/dev/null) \
	$(HOME)/.pyenv/versions/3.13*/bin/python3.13; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null && echo "$$python" && break; done)

# The command as one would type it; the packages themselves are not installed, so that nothing local can find them there.
.venv/bin/mpesa-gateway: | .venv/.run-installed
	@printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s" -P -m cli "$$@"\n' \
		"$(CURDIR)/layers/daraja:$(CURDIR)/layers/gateway:$(CURDIR)" "$(CURDIR)/$(PYTHON_IN_VENV)" > $@
	@chmod +x $@

# What is installed is remembered in the environments themselves; a changed lock installs again.
.venv/.run-installed: local/requirements.txt local/install.sh
	@sh local/install.sh .venv local/requirements.txt
	@touch $@

.venv/.test-installed: tests/requirements.txt local/install.sh
	@sh local/install.sh .venv tests/requirements.txt
	@touch $@ .venv/.run-installed

.venv-sam/.installed: tests/sam/requirements.txt local/install.sh
	@sh local/install.sh .venv-sam tests/sam/requirements.txt
	@touch $@

.venv/.node: tests/node.sh tests/examples/node.txt | .venv/.test-installed
	@sh tests/node.sh
	@touch $@

.venv/.browser: tests/browser.sh | .venv/.test-installed
	@sh tests/browser.sh
	@touch $@
