// Package web is what zwb serve listens with: the addresses ([Given.Listen]), who is let in when there are too many ([Door]), and an
// HTTP server that waits for nobody ([NewServer]). It knows no bridge, only handlers.
package web
