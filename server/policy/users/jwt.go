package users

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// jwtEntry takes signed tokens (RFC 7519, with the advice of RFC 8725).
type jwtEntry struct {
	issuer, claim, cookie string
	leeway                time.Duration
	algorithms            []string
	parser                *jwt.Parser
	validator             *jwt.Validator // of what it says, without the signature
	fixed                 []key
	remote                *remoteKeys // nil: they are fixed
}

// leeway of entries that name none, and the most that one may name.
const (
	defaultLeeway = 30 * time.Second
	mostLeeway    = 5 * time.Minute
)

func newJWT(c config.JWT, o Options) (entry, error) {
	e := &jwtEntry{issuer: c.Issuer, claim: c.User, cookie: c.Cookie, leeway: defaultLeeway}
	if e.claim == "" {
		e.claim = "sub"
	}
	if c.Leeway != nil {
		e.leeway = min(max(0, time.Duration(*c.Leeway)), mostLeeway)
	}
	algorithms, err := allowed(c.Algorithms, c.SecretFile != "")
	if err == nil {
		err = e.readKeys(c, o)
	}
	if err != nil {
		return nil, fmt.Errorf("jwt: %w", err)
	}
	e.algorithms = algorithms
	options := []jwt.ParserOption{jwt.WithValidMethods(algorithms), jwt.WithExpirationRequired(), jwt.WithLeeway(e.leeway), jwt.WithStrictDecoding()}
	if c.Issuer != "" {
		options = append(options, jwt.WithIssuer(c.Issuer))
	}
	if len(c.Audience) > 0 {
		options = append(options, jwt.WithAudience(c.Audience...))
	}
	e.parser, e.validator = jwt.NewParser(options...), jwt.NewValidator(options...)
	return e, nil
}

// readKeys finds the one source of keys.
func (e *jwtEntry) readKeys(c config.JWT, o Options) (err error) {
	named := 0
	for _, source := range []string{c.SecretFile, c.PublicKeyFile, c.JWKS, c.JWKSFile} {
		if source != "" {
			named++
		}
	}
	switch {
	case named > 1:
		return errors.New("the keys have one source: secret_file, public_key_file, jwks or jwks_file")
	case c.SecretFile != "":
		e.fixed, err = readSecret(c.SecretFile)
	case c.PublicKeyFile != "":
		e.fixed, err = readPublicKeys(c.PublicKeyFile)
	case c.JWKSFile != "":
		e.fixed, err = readKeySet(c.JWKSFile)
	case c.JWKS != "":
		if err = checkURL(c.JWKS); err == nil {
			e.remote = newRemoteKeys(c.JWKS, o, func(ctx context.Context) ([]key, error) { return fetchKeySet(ctx, c.JWKS) })
		}
	case c.Issuer == "":
		return errors.New("there are no keys: name secret_file, public_key_file, jwks, jwks_file, or the issuer that is to be asked")
	case len(c.Audience) == 0:
		return errors.New("an issuer that is asked for its keys has other clients, too: name the audience")
	default:
		if err = checkURL(c.Issuer); err == nil {
			e.remote = newRemoteKeys(c.Issuer, o, func(ctx context.Context) ([]key, error) { return discover(ctx, c.Issuer) })
		}
	}
	return err
}

func (e *jwtEntry) close() {
	if e.remote != nil {
		e.remote.close()
	}
}

// identify takes a token that is a JWT, and of the issuer of this entry as far as it says so itself: that decides which entry
// verifies it, and nothing else.
func (e *jwtEntry) identify(ctx context.Context, p *presented) (any, error) {
	text := p.token
	if text == "" && !p.basic {
		var err error
		if text, err = p.cookie(e.cookie); err != nil {
			return nil, err
		}
	}
	if text == "" {
		return nil, errAbsent
	}
	said, isJWT := peek(text)
	if !isJWT || e.issuer != "" && said != e.issuer {
		return nil, errOthers
	}
	return e.verify(ctx, text)
}

// peek tells whether a token looks like a JWT, and which issuer it names. Nothing of it is verified.
func peek(token string) (issuer string, isJWT bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", false
	}
	head, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil || !bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) {
		return "", false
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", true
	}
	var claims struct {
		Issuer any `json:"iss"`
	}
	if json.Unmarshal(body, &claims) != nil {
		return "", true
	}
	issuer, _ = claims.Issuer.(string)
	return issuer, true
}

func (e *jwtEntry) verify(ctx context.Context, text string) (any, error) {
	claims := jwt.MapClaims{}
	var noKeys error
	var keys []key
	token, err := e.parser.ParseWithClaims(text, claims, func(t *jwt.Token) (any, error) {
		var err error
		keys, err = e.keysOf(ctx, t)
		if err != nil {
			noKeys = err
			return nil, err
		}
		set := jwt.VerificationKeySet{}
		for _, k := range keys {
			set.Keys = append(set.Keys, k.value())
		}
		return set, nil
	})
	switch {
	case noKeys != nil:
		return nil, noKeys
	case err != nil:
		return nil, reasonOf(err)
	}
	u, err := e.userOf(hashOf(text), claims)
	u.grounds = grounds{by: "jwt", alg: token.Method.Alg(), proof: e.proofOf(token, text, keys)}
	return unlessWrong(u, err)
}

// keysOf are the keys that may have signed a token. The header of a token is anybody's, so it chooses among the keys that
// are known, and where it asks for what nobody here understands the token is not valid.
func (e *jwtEntry) keysOf(ctx context.Context, t *jwt.Token) (keys []key, err error) {
	if _, critical := t.Header["crit"]; critical {
		return nil, errToken
	}
	if typ, named := t.Header["typ"]; named && !isTokenType(typ) {
		return nil, errToken
	}
	id, _ := t.Header["kid"].(string)
	if _, named := t.Header["kid"]; named && (id == "" || len(id) > maxName) {
		return nil, errToken
	}
	if e.remote == nil {
		keys = candidates(e.fixed, id, t.Method.Alg())
	} else if keys, err = e.remote.find(ctx, id, t.Method.Alg()); err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, errToken
	}
	return keys, nil
}

// isTokenType keeps out what an issuer signs for other purposes, such as a logout token.
func isTokenType(typ any) bool {
	text, _ := typ.(string)
	switch strings.TrimPrefix(strings.ToLower(text), "application/") {
	case "jwt", "at+jwt":
		return true
	}
	return false
}

// reasonOf is what may be told: the claims are only looked at when the signature was right.
func reasonOf(err error) error {
	switch {
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenMalformed), errors.Is(err, jwt.ErrTokenUnverifiable):
		return errToken
	case errors.Is(err, jwt.ErrTokenExpired):
		return errExpired
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return errTooEarly
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return errAudience
	case errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return errIssuer
	}
	return errToken
}

// userOf is whom the claims name, of a token with this hash.
func (e *jwtEntry) userOf(hash string, claims jwt.MapClaims) (User, error) {
	name, _ := claims[e.claim].(string)
	if !validName(name) {
		return User{}, errNoUser
	}
	u := User{Issuer: "jwt", Name: name, Claims: claims, TokenID: hash}
	if issuer, err := claims.GetIssuer(); err == nil && issuer != "" {
		u.Issuer = "jwt:" + issuer // which may be anything
	}
	if e.issuer != "" {
		u.Issuer = e.issuer
	}
	if id, _ := claims["jti"].(string); id != "" && len(id) <= maxName {
		u.TokenID = id
	}
	expires, err := claims.GetExpirationTime()
	if err != nil || expires == nil {
		return User{}, errToken
	}
	u.Expires = expires.Add(e.leeway)
	return u, nil
}

// hashOf is the SHA-256 of a token, in hex.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
