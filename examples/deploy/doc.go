// Package deploy has the files with which zwb is put on the internet, and the tests that put it there: with the very files, and
// the programs that they are for.
package deploy
