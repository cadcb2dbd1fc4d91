# `make run` builds everything and starts the bridge with demo backends; `make test` gets what it needs and tests it all.
# Both need Go and a network. `make help` lists the rest.

GO     ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# Most tests wait for other processes, so more of a package run beside each other than there are cores.
BESIDE = -parallel 4

.PHONY: help run build js release test test-all test-go test-wasm test-js test-e2e cluster lint deps bench abuse bench-costs bench-zmq chaos soak clean

help: ## list what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: build ## build everything and serve the console with demo backends
	bin/zwb serve --demo

build: js ## leave the binary in bin/zwb
	$(GO) build -o bin/zwb ./server/cmd/zwb # what it compiles, the tests use too; a release is built with -trimpath

release: js ## leave archives for linux, darwin and windows in bin/release, with their hashes; CHECK=1 also builds one twice, and compares
	$(GO) run ./release
	$(if $(CHECK),$(GO) run ./release -check)

js: ## build the page's client and the console into js/dist
	cd js/build && $(GO) run .

test: deps build test-go test-wasm test-js test-e2e ## test Go, wasm, TypeScript and real Chromium, but for what takes long (less than ten minutes on two cores)

test-all: LONG = -tags long
test-all: RACE = -race
test-all: BESIDE = # the race detector needs the cores for itself
test-all: test ## the same with what takes long (files with `//go:build long`): slow attackers, memory, 100 MiB, throughput, bundlers, accessibility; the race detector; COUNT (5000x) inputs for each fuzz test; 5000 seeds of the simulator
	COUNT=$(or $(COUNT),5000x) .ci/fuzz
	$(GO) test ./core/coretest/simulator -run 'TestSimulator$$' -timeout=5m -seeds=5000 # always the same ones: new ones are for make soak

test-go: js js/node_modules
	$(GO) test -vet=off $(RACE) $(LONG) $(BESIDE) -count=1 -timeout=20m ./... # make lint vets; never from the cache, which does not notice changes of libzmq, of browsers or of what go list finds
	cd js/build && $(GO) test -count=1 ./...

test-wasm: ## test core and the Go client once more, compiled to wasm, under Node
	$(GO) build -o bin/nodeexec ./core/coretest/nodeexec
	GOOS=js GOARCH=wasm $(GO) test -vet=off $(LONG) -exec=$(CURDIR)/bin/nodeexec ./core/...

soak: ## run the simulator with new seeds for TIME (10m); a failure prints the command that replays it
	$(GO) test ./core/coretest/simulator -run 'TestSimulator$$' -timeout=0 -v -soak=$(or $(TIME),10m)

test-js: build js/node_modules
	cd js && npm test $(if $(LONG),-- test/long/*.test.mjs)

test-e2e: build js/node_modules ## real Chromium against bin/zwb and libzmq backends
	cd js/e2e && $(GO) test -vet=off -count=1 -timeout=20m -parallel 3 $(LONG) ./...

cluster: deps build ## start three bridges behind HAProxy, three NATS nodes and backends on loopback, to kill parts of it (Linux; DIR=FOLDER keeps it)
	$(GO) build -o bin/cluster ./examples/cluster
	bin/cluster $(if $(DIR),-dir $(DIR))

lint: deps js/node_modules ## check formatting; run vet, staticcheck and the TypeScript compiler
	@unformatted=$$(git ls-files '*.go' | xargs gofmt -l); [ -z "$$unformatted" ] || { echo "gofmt: $$unformatted"; exit 1; }
	$(GO) vet ./... && $(GO) vet -tags long ./...
	GOOS=js GOARCH=wasm $(GO) vet ./core/... ./wasm
	GOOS=darwin $(GO) vet ./...
	GOOS=windows $(GO) vet ./...
	$(GO) run $(STATICCHECK) -tags long ./... # without the tag, what the long tests alone use is not used
	cd js/build && $(GO) vet ./...
	cd js/e2e && $(GO) vet ./... && $(GO) vet -tags long ./...
	cd js && npm run check

chaos: deps build ## break everything around a page and a Go client, alone and in a cluster, and print what was lost (TIME=160s CUTS=1000 SEED=1)
	cd js/e2e && $(GO) run ./chaos $(if $(TIME),-time $(TIME)) $(if $(CUTS),-cuts $(CUTS)) $(if $(SEED),-seed $(SEED))
	cd js/e2e && $(GO) test -vet=off -tags long -count=1 -v -run 'TestCluster$$' ./chaos

bench: ## measure the bridge beside the least that Go needs for the same (5 minutes; nothing else should run; Linux)
	$(GO) build -trimpath -o bin/bench/ ./server/cmd/zwb ./server/bench/floor ./server/bench/compare
	bin/bench/compare bin/bench/zwb bin/bench/floor

abuse: ## attack the bridge, and print what an innocent client notices (2 minutes; nothing else should run; Linux)
	$(GO) build -trimpath -o bin/bench/ ./server/cmd/zwb ./server/bench/abuse
	bin/bench/abuse bin/bench/zwb

bench-costs: ## what a message costs with more prefixes, more sockets, and in memory (BENCHMARKS.md)
	$(GO) test -run '^$$' -bench 'Prefixes|Sockets' -benchmem ./server/gateway/pubsub ./server/proxy
	$(GO) test -run 'Allocations' -v ./server/proxy

bench-zmq: ## compare the speed of the gateways with that of libzmq (needs cc and libzmq3-dev)
	$(GO) run ./server/gateway/bench

js/node_modules: js/package-lock.json
	cd js && npm ci --no-audit --no-fund
	@touch $@

deps:
	@.ci/deps

clean: ## remove what was built
	rm -rf bin js/node_modules
	find js/dist -type f ! -name README.md -delete
