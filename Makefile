# Everything that a developer does with Muster. `make` alone lists it.
# Works with the make of macOS (3.81); needs nothing but Python 3.11 or newer (see scripts/uv).

RUN := ./scripts/uv run --frozen --quiet
DOCKER ?= docker

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench chaos simulate climb docs lock sbom image clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Open the playground in the browser, with a living example; ARGS="--help" for more
	@$(RUN) --no-dev muster demo $(ARGS)

test: ## Run the whole suite; ARGS="-k rooms" chooses tests
	@$(RUN) python scripts/test.py $(ARGS)

check: ## Lint, format, types, imports, catalogues, docs, lock, Dockerfile
	@./scripts/check

format: ## Format the code, and repair what ruff can repair
	@$(RUN) ruff check --fix --exit-zero
	@$(RUN) ruff format

bench: ## Run the benchmarks
	@$(RUN) python -m benchmarks $(ARGS)

chaos: ## Kill, cut, flood and forge: every promise beside what was found; ARGS="--short"
	@$(RUN) python -m tests.faults $(ARGS)

simulate: ## Live many lives of all of Muster, each from a seed; ARGS="--seed 7" for one
	@$(RUN) python -m tests.simulation.run $(ARGS)

climb: ## Live a year with escalation alone, from a seed; ARGS="--help" for more
	@$(RUN) python -m tests.features.escalation.simulation.run $(ARGS)

docs: ## Write the generated pages of docs/
	@$(RUN) python scripts/docs.py $(ARGS)

lock: ## Move every dependency in uv.lock to its newest version
	@./scripts/uv lock --upgrade

sbom: ## Write sbom.json: every package that the image has, with versions and hashes (CycloneDX)
	@./scripts/uv export --frozen --no-dev --quiet --preview-features sbom-export \
	  --format cyclonedx1.5 --output-file sbom.json

image: ## Build the container image (DOCKER=podman works, too)
	$(DOCKER) build --tag muster .

clean: ## Remove what can be made again: the environment, uv, caches, reports
	rm -rf .venv .uv build dist htmlcov .coverage .coverage.* \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
