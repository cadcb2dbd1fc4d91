// Package origin decides which pages may have a bridge do something, by what browsers say of them: the Origin of a request (RFC 6454),
// its Sec-Fetch-Site, and whether it has cookies, which a browser adds to what any page has it ask. Pages has the answers: of a WebSocket
// that speaks zwb.v1 (Refuse), of one that does not (RefuseSocket), of requests over HTTP (RefuseExchange), and of those that may read
// what is not for everybody (RefuseRead). Each refusal is a text for who runs the bridge, which says what to do about it.
//
// It is for package server, which asks on the goroutine of the request. A Pages does not change: other rules are another one. It has no
// lock, and knows nothing of users, whom hooks are asked about when the page may ask at all.
package origin
