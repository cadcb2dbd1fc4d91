//go:build !long

package outbox

// steps are as many as `make test` has time for.
const steps = 200_000
