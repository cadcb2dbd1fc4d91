package attack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

// secret is the key of the tokens in these tests; withSecret are the users of a zwb.yaml that takes them.
const (
	secret     = "planted-jwt-secret-of-32-bytes-or-more"
	withSecret = "users:\n  - jwt: {secret_file: jwt.secret, algorithms: [HS256]}\n"
)

// secretFile is what stands beside such a zwb.yaml.
var secretFile = map[string]string{"jwt.secret": secret}

// forge makes a JWT that says what it is told. With a nil sign it has no signature.
func forge(header, claims map[string]any, sign func(text []byte) []byte) string {
	text := encode(asJSON(header)) + "." + encode(asJSON(claims))
	if sign == nil {
		return text + "."
	}
	return text + "." + encode(sign([]byte(text)))
}

// macOf signs with HMAC and SHA-256.
func macOf(key string) func([]byte) []byte {
	return func(text []byte) []byte {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(text)
		return mac.Sum(nil)
	}
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func asJSON(v any) []byte {
	b, _ := json.Marshal(v) // never fails for maps of plain values
	return b
}
