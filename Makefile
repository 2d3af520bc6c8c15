.DEFAULT_GOAL := help
.PHONY: help demo test bench soak

help: ## Show what can be made
	@sed -n 's/^\([a-z]*\): ## /\1\t/p' Makefile | expand -t 8

demo: ## Run the whole product with two synthetic organisations; Ctrl-C stops it
	@bin/demo

test: ## Run every check: format, lint, types, import contracts, tests with coverage
	@bin/test

bench: ## Measure the numbers that are promised, against their baselines
	@bin/bench

soak: ## Serve a thousand organisations for a while and watch what grows
	@bin/soak
