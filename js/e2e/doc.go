// Package e2e tests everything together: pages in real Chromium, bin/zwb as it is shipped, and libzmq backends in Python.
// `make test` runs it after `make build`, but for the files with the tag long, which `make test-all` runs as well.
//
// It is a module of its own, so that what drives the browser does not become a dependency of the bridge. It consists of
// tests only. harness_test.go starts the browser and opens pages, process_test.go starts bridges and backends. All tests use
// one Chromium, and most run beside each other: each page is a tab with a window of its own, at the bridge of its test.
// firefox_test.go has Firefox do the least. bundlers_test.go has pages that are made of the package as npm packs it, by
// every bundler. A test owns the processes that it starts; they end with it.
//
// The command chaos, in a folder of its own, is the long test in which everything breaks.
package e2e
