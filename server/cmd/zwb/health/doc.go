// Package health is zwb health: it asks a bridge, most often one on the same machine, whether clients should come. It is for
// containers, in which there is no other program that could ask.
package health
