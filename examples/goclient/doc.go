// Command goclient is a Go program in the place of a page. Through a bridge it sends requests, calls functions and subscribes,
// with the same sockets that a page has. Its README has the commands to run it.
package main
