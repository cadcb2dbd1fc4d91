// Command caller is a REP that knows who asks: the bridge tells it, and proves it with a key that both have. Its README has the
// commands to run it; caller.py is the same in Python.
package main
