//go:build race

package simulator_test

func init() { raced = true }
