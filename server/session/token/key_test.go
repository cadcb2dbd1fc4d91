package token

import "testing"

// TestKeys: of one token it is always the same key, and neither half of it is that of another one, or the other half.
func TestKeys(t *testing.T) {
	a, b := KeyOf([]byte("a token")), KeyOf([]byte("another token"))
	if a != KeyOf([]byte("a token")) || a.Place == b.Place || a.Secret == b.Secret || a.Secret == a.Place || a.Secret == (Key{}).Secret {
		t.Errorf("%x, %x", a, b)
	}
	issued, k := newToken()
	if k != KeyOf(issued) {
		t.Error("a token has another key when it is issued")
	}
	ring, first := Book[int]{}.Admit(1, 0)
	if keys := ring.Keys(); len(keys) != 1 || keys[0] != KeyOf(first) {
		t.Errorf("a session has the keys %x", keys)
	}
}
