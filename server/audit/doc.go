// Package audit keeps what a bridge has decided: the last decisions to be looked at, and all of them as lines of JSON, if there is
// a file for that.
//
// [Log.Decided] is the hook Config.Decided of package server. It never waits: what the file does not take in time is dropped, and
// counted. One goroutine writes; Close ends it. A [File] may be moved away meanwhile, and be opened anew.
package audit
