# make help explains the targets.

GO      ?= go
BIN     := bin/convene
LISTEN  ?= 127.0.0.1:8080
DATA    ?= data
FUZZ    ?= 60s
ROUNDS  ?= 50
FREEBUSY ?= 10000
SEQUENCES ?= 100000
MEETINGS ?= 200
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.8.0
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

.DEFAULT_GOAL := help
.PHONY: help run build test test-clients litmus check bench fuzz freebusy scheduling meetings crash rooms install clean

help: ## Explain the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  LISTEN=$(LISTEN) DATA=$(DATA) (run), FUZZ=$(FUZZ) (each fuzz target), ROUNDS=$(ROUNDS) (crash, rooms), FREEBUSY=$(FREEBUSY) (freebusy), SEQUENCES=$(SEQUENCES) (scheduling), MEETINGS=$(MEETINGS) (meetings) can be set."

run: build ## Install what is missing, build, and run the server with demo accounts on 127.0.0.1:8080.
	@deploy/install-postgres.sh
	@deploy/demo/run.sh $(BIN) $(DATA) $(LISTEN)

build: ## Build the static binary bin/convene.
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $(BIN) ./cmd/convene

# Not from the cache: the tests below test/ run the binary, which the cache knows nothing of.
test: build ## Install what the tests need, and run all of them.
	@deploy/install-postgres.sh
	CONVENE=$(CURDIR)/$(BIN) $(GO) test -count=1 ./...
	@$(MAKE) --no-print-directory test-clients

test-clients: build ## Test with real clients: vdirsyncer, khal, todoman, python3-caldav, calcurse, tsdav; and litmus.
	@CONVENE=$(CURDIR)/$(BIN) test/clients/run.sh

litmus: build ## Run litmus, the WebDAV test suite, against the server.
	@CONVENE=$(CURDIR)/$(BIN) test/clients/run.sh litmus

check: ## Formatting, vet, staticcheck, govulncheck (where its data can be had), forbidden imports.
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) test -run TestImports .
	$(GO) run $(STATICCHECK) ./...
	@deploy/check-vulnerabilities.sh $(GO) run $(GOVULNCHECK) ./...

bench: ## Run the benchmarks of all packages.
	$(GO) test -run '^$$' -bench . -benchmem ./...

fuzz: ## Run every fuzz target for FUZZ (60s).
	@deploy/fuzz.sh $(FUZZ)

freebusy: ## Compare free/busy with a computation minute by minute, in FREEBUSY (10000) random homes and availabilities.
	$(GO) test ./ical -count=1 -timeout 0 -run ByTheMinute -availability.cases $(FREEBUSY)
	$(GO) test ./caldav -count=1 -timeout 0 -run ByTheMinute -freebusy.cases $(FREEBUSY)

scheduling: ## Play SEQUENCES (100000) random sequences of changes and scheduling messages, each judged by what people see.
	$(GO) test ./scheduling/itip -count=1 -timeout 0 -v -run World -world.sequences $(SEQUENCES)

meetings: ## Play MEETINGS (200) rounds of people who invite, answer and move over HTTP, in turn and at once; all have to agree.
	$(GO) test ./test/meetings -count=1 -timeout 0 -v -meetings.rounds $(MEETINGS)

crash: build ## Kill -9 server and PostgreSQL ROUNDS (50) times under load, and look for what was lost.
	CONVENE=$(CURDIR)/$(BIN) $(GO) test ./test/crash -count=1 -timeout 0 -v -crash.rounds $(ROUNDS)

rooms: build ## Book rooms with 50 clients at once ROUNDS (50) times, killing the server now and then, and look who was told what.
	CONVENE=$(CURDIR)/$(BIN) $(GO) test ./test/rooms -count=1 -timeout 0 -v -rooms.rounds $(ROUNDS)

install: build ## Install the binary and the systemd unit on this machine (as root).
	@deploy/install-service.sh $(BIN)

clean: ## Remove what was built; data/ stays.
	rm -rf bin
