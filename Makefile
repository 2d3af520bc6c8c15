.DEFAULT_GOAL := help
.PHONY: help demo test docs bench bench-desk bench-files bench-evidence bench-keys bench-identity soak

help: ## Show what can be made
	@sed -n 's/^\([a-z-]*\): ## /\1\t/p' Makefile | expand -t 14

demo: ## Run the whole product with two synthetic organisations; Ctrl-C stops it
	@bin/demo

test: ## Run every check: format, lint, types, import contracts, tests with coverage
	@bin/test

docs: ## Write docs/controls anew from the claims, and the page of ASVS
	@bin/docs

bench: ## Measure the numbers that are promised, against their baselines
	@bin/bench

bench-desk: ## Measure what is promised of searching and of the desk with a million messages
	@bin/bench desk live-desks

bench-files: ## Measure what is promised of uploads, sealing and previews
	@bin/bench files

bench-evidence: ## Measure what is promised of the controls and of verifying their evidence
	@bin/bench controls evidence

bench-keys: ## Measure what is promised of rotating the key-encrypting key
	@bin/bench keys-rotation

bench-identity: ## Measure what is promised of signing in and of importing people
	@bin/bench identity

soak: ## Serve a thousand organisations for a while and watch what grows
	@bin/soak
