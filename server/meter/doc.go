// Package meter counts what goes through each endpoint of a bridge, for its statistics: messages and bytes each way, how long
// requests take, and what was refused.
//
// Package proxy counts, and package server reads. It is a leaf: it knows what an endpoint is, and nothing else. All of its
// methods may be called from any goroutine, but for those of a Tally, and none waits for another but to note a refusal.
package meter
