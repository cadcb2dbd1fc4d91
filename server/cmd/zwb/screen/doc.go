// Package screen draws lines on a terminal, in the place of those that were there before.
//
// Who may call it: the commands of zwb that show how something changes. There is no state, and no lock.
package screen
