// Package ticket lets who has shown credentials hand a minute of one endpoint to what cannot show any: an img, a link, an
// EventSource. A ticket stands for the request that it was made with, so whoever shows it is authenticated, and judged anew, as
// its maker is, and it is worth nothing once its maker is not let in any more.
//
// Package exchange makes and reads tickets, from any goroutine; the bridge owns the [Book] and closes it. The Book has one lock,
// under which nobody is called but those who count its tickets, and one timer, which runs while there are tickets. It
// knows a ticket by its hash, so nothing that it holds opens anything.
package ticket
