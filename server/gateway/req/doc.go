// Package req makes requests at one REP or ROUTER, for many who ask.
//
// A [Requester] pipelines the requests of all of them over one connection of type DEALER; the envelope of a request comes
// back with the reply and says whose it is. At a ROUTER, which would see that envelope, each request under way has a
// connection of its own instead (lockstep). A request ends exactly once: with its reply, or with the reason why there is
// none.
//
// Who makes many requests puts those that come together into a [Bundle], which is encoded while it is made. What is remembered of each is
// a [Slip] in the [Roll] of the [Asker], beside those before it, on a sheet that says once what those of it have in common. A bundle is only
// taken while nothing speaks against it, and a request in one is not tried again by itself: for everything else there is a [Request], which
// is a value of its own with its message.
//
// Package gateway calls it: a ReqGateway is a Requester that many share. Do and Cancel may be called by anybody and wait for
// nobody. The outcome is reported from the reader goroutine of a connection, from its writer, from a timer or from who
// called, never with a lock held. The one lock guards which requests are pending; whoever takes a request from there ends
// it.
package req
