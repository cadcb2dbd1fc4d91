package gatewaytest

import "testing"

// Held returns a function that takes the results of opening something, fails the test when there is an error, and releases
// what was opened with the test: Held[*Port](t)(factory.Port(…)).
func Held[G interface{ Release() }](t testing.TB) func(G, error) G {
	return func(g G, err error) G {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(g.Release)
		return g
	}
}
