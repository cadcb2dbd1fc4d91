// Package users says who somebody is: what the entries `users` of zwb.yaml ask for, as one function for the hook
// Authenticate of a bridge.
//
// A [Chain] asks its entries in their order. The first one whose kind of credential is present decides, and nobody is
// asked after it: what it refuses is not tried as something else. Only where a kind is absent the next entry is asked.
// Where none is left, nobody gets in.
//
// What is said here of a refusal, to clients and to the log, never has a token, a password or a claim in it.
package users
