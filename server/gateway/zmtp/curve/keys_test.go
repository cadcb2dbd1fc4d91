package curve

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// The keys of zmq_curve(7).
func TestPublicKey(t *testing.T) {
	for public, secret := range map[string]string{
		"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7": "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6",
		"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID": "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs",
	} {
		key, err := ParseKey(secret)
		if err != nil {
			t.Fatal(err)
		}
		if got := EncodeKey(publicKey(key)); got != public {
			t.Errorf("got %s, want %s", got, public)
		}
	}
}

func TestGenerateKeys(t *testing.T) {
	public, secret := GenerateKeys()
	if publicKey(secret) != public {
		t.Error("the keys do not belong together")
	}
	if other, _ := GenerateKeys(); other == public {
		t.Error("the same keys twice")
	}
}

func TestUnusableKeys(t *testing.T) {
	server, _ := GenerateKeys()
	good := clientKeys(server)
	stranger, _ := GenerateKeys()
	for _, tt := range []struct {
		name string
		keys Keys
		want string
	}{
		{"no secret key", Keys{Server: server}, "no secret key"},
		{"no server key", Keys{Secret: good.Secret}, "no server key"},
		{"another public key", Keys{Public: stranger, Secret: good.Secret, Server: server}, "does not belong"},
		{"a server key of low order", Keys{Secret: good.Secret, Server: [KeySize]byte{1}}, "low order"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Client(nil, tt.keys, testMaxFrame) // the connection is not touched
			wantError(t, err, core.Invalid, tt.want)
		})
	}
}

// The public key is optional: it follows from the secret one.
func TestKeysWithoutPublic(t *testing.T) {
	server, _ := GenerateKeys()
	keys := clientKeys(server)
	want := keys.Public
	keys.Public = [KeySize]byte{}
	if err := check(&keys); err != nil || keys.Public != want {
		t.Errorf("got %x, %v, want %x", keys.Public, err, want)
	}
}

func TestKeysDoNotPrintTheSecret(t *testing.T) {
	server, _ := GenerateKeys()
	config := struct{ Keys Keys }{clientKeys(server)}
	got := fmt.Sprintf("%v %+v", config, config)
	if !strings.Contains(got, EncodeKey(config.Keys.Public)) || strings.Contains(got, fmt.Sprint(config.Keys.Secret)) {
		t.Error(got)
	}
}
