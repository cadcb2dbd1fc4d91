// Package settings is what zwb serve is told: by flags, by variables of the environment, and by a file.
//
// [Read] puts the three together, in a config.File that has everything in it that a file can say. So each value has one
// type, one check and one text for what is wrong with it, whoever said it; and [Settings] is all that serving reads. What a
// flag is called in the file stands in flags.go.
//
// A File says what is wrong with its own values. What needs more than the file, such as reading a certificate, is checked in
// here, and told at the same places (resolve.go).
package settings
