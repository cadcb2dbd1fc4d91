// Package moved has what a session is while it is on its way from one bridge to another: plain values, how they are written, and how
// they are sealed, so that only who has the session's token can read them.
//
// It is for packages session, moving and proxy. Where the parcels wait is no business of it, see moving.Depot.
package moved
