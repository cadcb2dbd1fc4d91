// Package typescript is zwb types: it asks a running bridge which of its named endpoints somebody may reach, and writes that as an
// interface for programs in TypeScript, whose new zmq.Context<Endpoints>(url) completes names then.
//
// What the bridge answers is not trusted: whatever is in it, the text is one interface, and declares nothing else. The package has no
// goroutine and no lock; the command of the binary calls Place, Ask and Interface, one after the other.
package typescript
