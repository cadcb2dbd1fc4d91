// Command release makes what is downloaded: the binary for each platform, in an archive with what its user needs, and the hashes of
// them all. What it makes of one commit is the same everywhere, to the byte, with the same release of Go: paths, times and owners do
// not get into it. `make release` runs it.
//
// With -check it makes one archive from scratch in two folders, and compares them.
package main
