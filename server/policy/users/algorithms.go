package users

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// What signs how. An algorithm is bound to the type of the key: a token may say what it likes.
var (
	symmetric = []string{"HS256", "HS384", "HS512"}
	ofRSA     = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	ofECDSA   = map[int]string{256: "ES256", 384: "ES384", 521: "ES512"} // by the bits of the curve
	ofEd25519 = "EdDSA"
)

func asymmetric() []string {
	all := append(slices.Clone(ofRSA), ofEd25519)
	for _, alg := range ofECDSA {
		all = append(all, alg)
	}
	slices.Sort(all)
	return all
}

// allowed are the algorithms of an entry: those that it names, or all that its kind of keys has.
func allowed(named config.Strings, secret bool) ([]string, error) {
	fitting := asymmetric()
	if secret {
		fitting = symmetric
	}
	if len(named) == 0 {
		return fitting, nil
	}
	for _, alg := range named {
		if !slices.Contains(fitting, alg) {
			return nil, fmt.Errorf("algorithms: %.20q is none of those that these keys have: %s", alg, strings.Join(fitting, ", "))
		}
	}
	return named, nil
}

// key verifies signatures.
type key struct {
	id     string // kid; "": it has none
	alg    string // the only one that it is for; "": it does not say
	secret []byte // or
	public any    // *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
}

// leastRSA is how many bits the modulus of a key has to have (RFC 7518, section 3.3).
const leastRSA = 2048

// does tells whether a key may verify by an algorithm.
func (k key) does(alg string) bool {
	if k.alg != "" && k.alg != alg {
		return false
	}
	if k.secret != nil {
		return slices.Contains(symmetric, alg)
	}
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		return public.N.BitLen() >= leastRSA && slices.Contains(ofRSA, alg)
	case *ecdsa.PublicKey:
		return ofECDSA[public.Curve.Params().BitSize] == alg
	case ed25519.PublicKey:
		return alg == ofEd25519
	}
	return false
}

// value is what the library wants.
func (k key) value() any {
	if k.secret != nil {
		return k.secret
	}
	return k.public
}

// maxCandidates is how many keys are tried for a token that does not say which one it is.
const maxCandidates = 8

// candidates are the keys that may have signed a token.
func candidates(keys []key, id, alg string) (found []key) {
	for _, k := range keys {
		if k.does(alg) && (id == "" || k.id == id || k.id == "") && len(found) < maxCandidates {
			found = append(found, k)
		}
	}
	return found
}
