// Package account keeps the books of the memory that clients cost.
//
// An Account has everything that is held for one client, wherever it is held, by Kind. Whoever holds something has a
// Charge on it, and gets that in its constructor, so that nothing is held that is on no account. All accounts together
// are a Pool, which has a limit, and tells which accounts hold the most. Those of one user are a Group, if groups have a limit.
// What is kept for nobody in particular is on a Common, or a Stock, of which several have a Portion.
//
// An Account and its Charges are plain values that their owner's lock guards: that of the session, whose messages pass
// them. They settle with the Pool, which is for everybody, only when some KiB have come together, so that the way of a
// message is not slowed.
package account
