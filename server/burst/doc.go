// Package burst holds messages that came together, encoded once for everybody who gets them.
//
// What one read of a publisher's connection has brought is a [Burst]: its messages, one after the other, as the frames that
// their receivers are sent. A [Part] is what one receiver gets of it. Most receivers have the same socket number and get
// everything, so all that is done for each of them is to refer to the same bytes.
//
// A Burst is made by one goroutine, with a [Builder]. From then on it is immutable, but for encodings that are made when they
// are first asked for, and may be used by anybody. Its bytes may be kept, and must not be changed.
package burst
