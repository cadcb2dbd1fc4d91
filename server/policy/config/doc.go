// Package config is the file zwb.yaml: its types, how it is read, and what is wrong with it.
//
// [Read] reports every mistake at once, each with its line and column. It reads the files that the file names no more than
// it has to: package policy, which turns a File into the hooks of a bridge, does.
//
// A File is plain values. Nothing in here knows a bridge.
package config
