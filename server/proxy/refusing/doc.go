// Package refusing has refusals take as long as each other, so that nobody learns from the time whether there is an endpoint that
// others may open.
//
// Package proxy calls it, on whichever goroutine handles the frame that is refused, which waits meanwhile; no lock is held.
package refusing
