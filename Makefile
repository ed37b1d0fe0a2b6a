# Requires Python 3.11 with venv, git, and access to package registries. The targets install or build everything else.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PLATFORMS ?= 1
PIPELINE ?= backstage
# Test workers, each with its own platform. They wait most of the time.
WORKERS ?= 4
UV_VERSION := 0.13.9
UV := $(or $(shell command -v uv),.sandbox/uv/bin/uv)
RUN := $(UV) run --frozen --quiet
export PATH := $(PATH):/usr/local/go/bin
# A company proxy may have its CA in the system store only.
export UV_SYSTEM_CERTS ?= true

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.sandbox/uv/bin/uv:
	@python3 -m venv .sandbox/uv
	@.sandbox/uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.PHONY: up preview destroy rotate down clean
up preview destroy rotate down clean: $(filter .sandbox/%,$(UV))
	@$(RUN) python -m sandbox $@ $(if $(VAULT),--vault $(VAULT))
up: ## Start the local platform and deploy the dev stack to it; VAULT=azure puts its credential into a Key Vault
preview: ## Show the changes of a deployment
rotate: ## Deploy with new webhook secrets
destroy: ## Destroy the dev stack
down: ## Stop every server of the local platform
clean: ## Stop the platform and delete its state; built programs stay in the cache

.PHONY: push
push: $(filter .sandbox/%,$(UV)) ## Push an image and follow it to the commit: make push TAG=v12 PLATFORMS=2 PIPELINE=backstage
	@$(RUN) python -m sandbox push --pipeline $(PIPELINE) --tag $(or $(TAG),v11) --platforms $(PLATFORMS)

.PHONY: promote
promote: $(filter .sandbox/%,$(UV)) ## Promote manually: make promote STAGE=backstage-dev, with TAG=v11 or FREIGHT=name
	@$(RUN) python -m sandbox promote --stage "$(STAGE)" $(if $(FREIGHT),--freight $(FREIGHT)) $(if $(TAG),--tag $(TAG))

.PHONY: status
status: $(filter .sandbox/%,$(UV)) ## List the servers, the logins, and what is real or a stand-in
	@$(RUN) python -m sandbox status

.PHONY: doctor
doctor: $(filter .sandbox/%,$(UV)) ## Check the chain from kubeconfig to images file: make doctor STACK=dev; by default the sandbox
	@$(if $(STACK),,. $${SANDBOX_DIR:-.sandbox}/env &&) $(RUN) python -m ops.doctor --stack $(or $(STACK),dev) $(if $(JSON),--json)

.PHONY: test
test: lint ## Run every test in the sandbox; the first run builds the platform
	$(RUN) pytest tests -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: unit
unit: $(filter .sandbox/%,$(UV)) ## Run only the unit tests, in seconds
	$(RUN) pytest tests/unit -n 2

.PHONY: e2e
e2e: $(filter .sandbox/%,$(UV)) ## Run only the end-to-end tests, in the sandbox or on the platform in E2E_… (see README.md)
	$(RUN) pytest tests/e2e -m e2e --capture=no

.PHONY: faults
faults: $(filter .sandbox/%,$(UV)) ## Run an up with each fault in each request, killed runs, competing stacks (hours)
	$(RUN) python -m tests.faults

.PHONY: lint
lint: $(filter .sandbox/%,$(UV)) ## Check format, lint, types, imports between packages, and the workflows
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) lint-imports --no-cache --no-logo
	$(RUN) python -m tests.actionlint .github/workflows/*.yaml .gitea/workflows/preview.yaml
	$(RUN) zizmor --offline --quiet .github/workflows .gitea/workflows/preview.yaml

.PHONY: reference
reference: $(filter .sandbox/%,$(UV)) ## Generate docs/configuration.md, docs/stack.schema.json and the keys in Pulumi.yaml
	$(RUN) python -m config.reference

.PHONY: golden
golden: $(filter .sandbox/%,$(UV)) ## Generate tests/golden: the objects of the committed stacks
	$(RUN) python -m tests.golden

.PHONY: bench
bench: $(filter .sandbox/%,$(UV)) ## Time previews, compared with an empty program, and a first up (about 5 min)
	$(RUN) python -m tests.bench
