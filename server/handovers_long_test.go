//go:build long

package server

// handOvers is how often a session goes to the next bridge.
const handOvers = 10
