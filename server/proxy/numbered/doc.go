// Package numbered keeps things by numbers that clients choose. It is a leaf.
package numbered
