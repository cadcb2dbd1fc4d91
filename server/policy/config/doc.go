// Package config is the file zwb.yaml: its types, how it is read, and what is wrong with it.
//
// [Read] reports every mistake at once, each with its line and column ([Mistakes]). What the file names, such as keys and
// certificates, it does not read. Whoever does reports what is wrong with that at the place of the value, with
// [File.MistakeAt], and [Join] puts all of it in order.
//
// A [File] is plain values, which a Go program may write itself; [File.Check] says then what is wrong. Where a comment names a
// default, zero stands for it, and [File.WithDefaults] puts it in. Nothing in here knows a bridge.
//
// # Tags
//
// The tags of the fields are all that the reader, the schema and the printed form of a file know about it: yaml is the key,
// default what is meant when nothing is said, least and most are bounds, one lists the words that may stand there, and
// is:"file" makes the reader take a relative path from where the file is, as does is:"output" for files that the bridge writes.
//
// Package config imports core, for socket types and addresses, and a library that reads YAML. It has no lock and starts no
// goroutine. A File is not changed after it was read.
package config
