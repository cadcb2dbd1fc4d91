package users

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/MicahParks/jwkset"
)

// leastSecret is how many bytes a secret has to have: as many as the hash (RFC 7518, section 3.2).
const leastSecret = 32

// maxFile is how large a file of keys, or what is fetched instead, may be.
const maxFile = 1 << 20

// readFile reads a file that is not as large as to be something else.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s has more than 1 MiB", name)
	}
	return text, err
}

func readSecret(name string) ([]key, error) {
	text, err := readFile(name)
	if err != nil {
		return nil, fmt.Errorf("secret_file: %w", err)
	}
	secret := bytes.TrimRight(text, "\r\n")
	switch {
	case bytes.Contains(secret, []byte("-----BEGIN")):
		return nil, errors.New("secret_file: this is no secret but a key in PEM; is it meant for public_key_file?")
	case len(secret) < leastSecret:
		return nil, fmt.Errorf("secret_file: a secret has at least %d bytes", leastSecret)
	}
	return []key{{secret: secret}}, nil
}

// readPublicKeys reads the public keys and certificates of a file.
func readPublicKeys(name string) (keys []key, err error) {
	text, err := readFile(name)
	if err != nil {
		return nil, fmt.Errorf("public_key_file: %w", err)
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		public, err := publicKey(block)
		if err == nil && !usable(public) {
			err = errors.New("neither RSA with at least 2048 bits, nor ECDSA, nor Ed25519")
		}
		if err != nil {
			return nil, fmt.Errorf("public_key_file: %w", err)
		}
		keys = append(keys, key{public: public})
	}
	if len(keys) == 0 {
		return nil, errors.New("public_key_file: there is no key in PEM")
	}
	return keys, nil
}

func publicKey(block *pem.Block) (any, error) {
	switch {
	case strings.Contains(block.Type, "PRIVATE"):
		return nil, errors.New("this is a private key, which belongs to the issuer alone")
	case block.Type == "CERTIFICATE":
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return c.PublicKey, nil
	case block.Type == "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	}
	return x509.ParsePKIXPublicKey(block.Bytes)
}

func usable(public any) bool {
	switch k := public.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() >= leastRSA
	case *ecdsa.PublicKey:
		return ofECDSA[k.Curve.Params().BitSize] != ""
	case ed25519.PublicKey:
		return true
	}
	return false
}

func readKeySet(name string) ([]key, error) {
	text, err := readFile(name)
	if err == nil {
		var keys []key
		if keys, err = parseKeySet(text); err == nil {
			return keys, nil
		}
	}
	return nil, fmt.Errorf("jwks_file: %w", err)
}

// maxKeys is how many keys a set may have.
const maxKeys = 100

// parseKeySet reads a JWK Set (RFC 7517). Keys that are of no use here are left out: secrets, those for encryption, and kinds
// that nobody knows. Where a key says that it is to be had, or certified, elsewhere, that is ignored.
func parseKeySet(text []byte) (keys []key, err error) {
	var set jwkset.JWKSMarshal
	if json.Unmarshal(text, &set) != nil {
		return nil, errors.New("this is no JWK Set")
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("more than %d keys", maxKeys)
	}
	for _, k := range set.Keys {
		if k.USE != "" && k.USE != jwkset.UseSig || k.KTY == jwkset.KtyOct {
			continue
		}
		bare := jwkset.JWKMarshal{KTY: k.KTY, CRV: k.CRV, X: k.X, Y: k.Y, N: k.N, E: k.E}
		read, err := jwkset.NewJWKFromMarshal(bare, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
		if err != nil || !usable(read.Key()) {
			continue
		}
		keys = append(keys, key{id: k.KID, alg: string(k.ALG), public: read.Key()})
	}
	if len(keys) == 0 {
		return nil, errors.New("no key of the set can verify a signature")
	}
	return keys, nil
}
