package users

import (
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// User is who somebody is: Access.User of a bridge. Who is let in as nobody in particular, by the entry anonymous, is nil
// instead; see [Of].
type User struct {
	Issuer string // who says so: the issuer that an entry jwt names, "jwt:" and the claim iss, "jwt", "header", "basic", "tokens", "zmq"
	Name   string // never "", at most 256 bytes, without control characters

	// Claims are what else is said of the user, as encoding/json decodes it. Nobody changes them.
	Claims map[string]any

	Expires time.Time // when the credentials are not valid any more; zero: they do not expire
	TokenID string    // names the token among those of its issuer, to revoke it: the claim jti, or the SHA-256 of the token in hex; "" if there is none

	asker   *asker  // the service that has let the user in, if one has
	grounds grounds // why the user was let in
}

// ExpiresAt makes a User one whose credentials expire, as a bridge asks it.
func (u User) ExpiresAt() time.Time { return u.Expires }

// CredentialID names the credentials, as a bridge shows it: the TokenID.
func (u User) CredentialID() string { return u.TokenID }

// Key is a text that is the same for the same user, and for nobody else: the issuer, a space, and the name. In the issuer a
// space is %20, and a percent sign %25. It is "" for nobody in particular.
func Key(user any) string {
	u := Of(user)
	if u.Name == "" {
		return ""
	}
	return spaceless.Replace(u.Issuer) + " " + u.Name
}

var spaceless = strings.NewReplacer("%", "%25", " ", "%20")

// LogValue is who it is, for a log, without the claims.
func (u User) LogValue() slog.Value {
	return slog.GroupValue(slog.String("issuer", u.Issuer), slog.String("name", u.Name))
}

// Of is the User that a hook is handed as any. It is the zero User for nil, somebody who is nobody in particular.
func Of(user any) User {
	u, _ := user.(User)
	return u
}

// Same tells whether two values that Authenticate of a [Chain] returned are the same user: by issuer and name, never by the
// claims, which change with every token. It is SameUser of a bridge.
func Same(owner, user any) bool {
	a, named := owner.(User)
	b, alsoNamed := user.(User)
	return named == alsoNamed && a.Issuer == b.Issuer && a.Name == b.Name
}

// maxName is how many bytes the name of a user may have.
const maxName = 256

// validName tells whether a name can be one. It ends up in rules, in logs and on pages.
func validName(name string) bool {
	if name == "" || len(name) > maxName || !utf8.ValidString(name) {
		return false
	}
	for _, r := range name {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r) {
			return false
		}
	}
	return true
}
