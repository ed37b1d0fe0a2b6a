# Needs: Python 3.11 with venv, git, and package registries. Everything else is installed or built by these targets.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PLATFORMS ?= 1
PIPELINE ?= backstage
# Test workers, each with a platform of its own; they wait a good part of the time.
WORKERS ?= 4
UV_VERSION := 0.13.9
UV := $(or $(shell command -v uv),.sandbox/uv/bin/uv)
RUN := $(UV) run --frozen --quiet
export PATH := $(PATH):/usr/local/go/bin
# Machines behind a company proxy have its CA in the system store alone.
export UV_SYSTEM_CERTS ?= true

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.sandbox/uv/bin/uv:
	@python3 -m venv .sandbox/uv
	@.sandbox/uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.PHONY: up preview destroy rotate down clean
up preview destroy rotate down clean: $(filter .sandbox/%,$(UV))
	@$(RUN) python -m sandbox $@
up: ## Start the local platform and deploy the dev stack to it
preview: ## Show what a deployment would change
rotate: ## Deploy with new webhook secrets
destroy: ## Take the dev stack away
down: ## Stop every server of the local platform
clean: ## Stop it and delete its state; built programs stay in the cache

.PHONY: push
push: $(filter .sandbox/%,$(UV)) ## Push an image and follow it to the commit: make push TAG=v12 PLATFORMS=2 PIPELINE=backstage
	@$(RUN) python -m sandbox push --pipeline $(PIPELINE) --tag $(or $(TAG),v11) --platforms $(PLATFORMS)

.PHONY: promote
promote: $(filter .sandbox/%,$(UV)) ## Promote by hand: make promote STAGE=backstage-dev, and TAG=v11 or FREIGHT=name
	@$(RUN) python -m sandbox promote --stage "$(STAGE)" $(if $(FREIGHT),--freight $(FREIGHT)) $(if $(TAG),--tag $(TAG))

.PHONY: status
status: $(filter .sandbox/%,$(UV)) ## Show what runs, where, and what is real
	@$(RUN) python -m sandbox status

.PHONY: doctor
doctor: $(filter .sandbox/%,$(UV)) ## Say what is broken between kubeconfig and images file: make doctor STACK=dev; without it of the sandbox
	@$(if $(STACK),,. $${SANDBOX_DIR:-.sandbox}/env &&) $(RUN) python -m ops.doctor --stack $(or $(STACK),dev) $(if $(JSON),--json)

.PHONY: test
test: lint ## Every test, in the sandbox; builds the platform at first use
	$(RUN) pytest tests -n $(WORKERS) --dist loadfile

.PHONY: unit
unit: $(filter .sandbox/%,$(UV)) ## Unit tests alone, in seconds
	$(RUN) pytest tests/unit -n 2

.PHONY: e2e
e2e: $(filter .sandbox/%,$(UV)) ## End-to-end tests alone, in the sandbox or on the platform that E2E_… in README.md name
	$(RUN) pytest tests/e2e -m e2e --capture=no

.PHONY: faults
faults: $(filter .sandbox/%,$(UV)) ## Let each request of an up fail in each way, kill runs, let stacks compete (hours)
	$(RUN) python -m tests.faults

.PHONY: lint
lint: $(filter .sandbox/%,$(UV)) ## Format, lint, types, which package may import which, and the workflows
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) lint-imports --no-cache --no-logo
	$(RUN) python -m tests.actionlint .github/workflows/*.yaml .gitea/workflows/preview.yaml
	$(RUN) zizmor --offline --quiet .github/workflows .gitea/workflows/preview.yaml

.PHONY: reference
reference: $(filter .sandbox/%,$(UV)) ## Write docs/configuration.md, docs/stack.schema.json and Pulumi.yaml's keys
	$(RUN) python -m config.reference

.PHONY: golden
golden: $(filter .sandbox/%,$(UV)) ## Write tests/golden: what the committed stacks render
	$(RUN) python -m tests.golden

.PHONY: bench
bench: $(filter .sandbox/%,$(UV)) ## Time previews beside an empty program, and up from nothing (about 5 min)
	$(RUN) python -m tests.bench
