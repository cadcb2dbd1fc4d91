// Package backend is the ZeroMQ side of a benchmark: a PUB and a REP that echoes. They speak plain ZMTP 3.1 (NULL), written
// by hand, so that what is measured is the bridge, and not the bridge against itself.
//
// Who uses it: zwb bench, and make bench. Listen starts a goroutine that accepts, and one for each connection that reads;
// Close ends them all and waits for them. Publisher belongs to one goroutine, but for what its comments say.
package backend
