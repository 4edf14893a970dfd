# make help lists the targets.
SHELL := /bin/bash
GO ?= go
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo development)
LDFLAGS := -s -w -X main.version=$(VERSION)
SNAPSHOT ?=
TOOLS := .tools

.PHONY: servers help demo play test test-crash test-versions test-live lint pictures bench build tools clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

build: ## Build bin/ferryman and bin/rehearse
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/ferryman ./cmd/ferryman
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/rehearse ./cmd/rehearse

demo: servers build ## Play a whole migration unattended; SNAPSHOT=DIR takes a dictionary export of your own
	./bin/rehearse --auto $(if $(SNAPSHOT),--snapshot $(SNAPSHOT)) $(DEMO)

play: servers build ## The same world in your browser, at http://127.0.0.1:8484
	./bin/rehearse play $(if $(SNAPSHOT),--snapshot $(SNAPSHOT)) $(DEMO)

test: tools ## Everything, for real: installs and starts what it needs
	$(GO) test -race -timeout 25m ./...

test-crash: servers ## kill -9 after every recorded write of every phase, at random, and replicas that sleep: each must end as the run in peace (an hour)
	FERRYMAN_TEST_FULL=1 $(GO) test -count=1 -v -timeout 240m -run 'EndsAsInPeace$$' ./cmd/rehearse

test-versions: ## What touches the target, on PostgreSQL 13, 14, 16, 17 and 18 (VERSIONS="13 18" for some)
	@./scripts/test-versions $(VERSIONS)

test-live: ## The Oracle and Slack contracts against the real ones that the environment names (docs/live-testing.md)
	$(GO) test -count=1 -v -run 'ContractLive$$' -timeout 25m ./internal/oracle ./internal/standin/slack

pictures: servers tools ## The pictures of an assessment in docs/images, from the rehearsal in a browser
	FERRYMAN_PICTURES=$(CURDIR)/docs/images $(GO) test -count=1 -run TestAssessedTwiceInABrowser ./cmd/rehearse

bench: servers ## Rebuild and set aside beside psql, pg_restore and pgcopydb (docs/performance.md; BENCH="--only tickets"), and the Go benchmarks
	$(GO) run ./internal/bench $(BENCH)
	$(GO) test -run '^$$' -bench . -benchtime 1x ./...

lint: ## gofmt, go vet, staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "gofmt -w $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

servers:
	@./scripts/install-servers

tools: servers
	@./scripts/install-test-tools

clean: ## Remove what was built
	rm -rf bin $(TOOLS)
