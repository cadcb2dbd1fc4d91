// Package live is what of the settings can change while the bridge runs: who gets in, what they reach, where that is,
// certificates, and the keys for backends.
//
// [Live] has the hooks that a bridge is given, which always go by the settings of the moment, and reads these anew when it is
// told to: by a signal, by the admin listener, or because a file has changed (package watch). A file with a mistake changes
// nothing. What is compared with what is in differences.go, who gets in in logins.go, and how a service is asked about
// that in requester.go.
package live
