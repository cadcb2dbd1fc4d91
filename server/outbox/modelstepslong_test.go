//go:build long

package outbox

// steps find what a fifth of them may miss, which is all that there is time for every day.
const steps = 1_000_000
