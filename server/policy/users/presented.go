package users

import (
	"encoding/json"
	"net/http"
	"strings"
)

// maxToken is how many bytes a token may have, wherever it comes from.
const maxToken = 16 << 10

// maxPassword is how many bytes a password may have: what checks it takes the longer the more there are.
const maxPassword = 512

// presented is what somebody has shown, by what kind it is. What a page says in Hello counts before what its browser
// sends with the handshake.
type presented struct {
	request *http.Request
	hello   json.RawMessage // as it came; nil: nothing
	token   string          // of Hello's {"token": …} or of Authorization: Bearer; "": none

	basic          bool // there is a user and a password: of Hello's {"user": …, "password": …} or of Authorization: Basic
	user, password string
}

// read finds what is presented. It is an error to present what cannot be read, or more than one thing in one place: others
// on the way may read it in another way.
func read(r *http.Request, hello []byte) (p presented, err error) {
	p = presented{request: r}
	if len(hello) > 0 && string(hello) != "null" {
		p.hello = hello
		if err := p.readHello(); err != nil {
			return p, err
		}
	}
	if p.token == "" && !p.basic {
		err = p.readAuthorization()
	}
	return p, err
}

// readHello reads credentials that are an object. What has none of the names is somebody else's, as in a service that is
// asked over ZeroMQ.
func (p *presented) readHello() error {
	if !json.Valid(p.hello) {
		return errMalformed
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(p.hello, &fields) != nil {
		return nil // no object
	}
	token, hasToken := fields["token"]
	_, hasUser := fields["user"]
	_, hasPassword := fields["password"]
	switch {
	case hasToken && hasPassword:
		return errAmbiguous
	case hasToken:
		return textOf(token, &p.token, maxToken)
	case hasUser && hasPassword:
		p.basic = true
		if err := textOf(fields["user"], &p.user, maxName); err != nil {
			return err
		}
		return textOf(fields["password"], &p.password, maxPassword)
	}
	return nil
}

// textOf reads a string that is not empty.
func textOf(value json.RawMessage, text *string, limit int) error {
	var read any
	if json.Unmarshal(value, &read) != nil {
		return errMalformed
	}
	s, isText := read.(string)
	switch {
	case !isText || s == "":
		return errMalformed
	case len(s) > limit:
		return errHuge
	}
	*text = s
	return nil
}

// readAuthorization reads the header. Schemes that nobody here knows are none.
func (p *presented) readAuthorization() error {
	values := p.request.Header.Values("Authorization")
	if len(values) == 0 {
		return nil
	}
	if len(values) > 1 {
		return errAmbiguous
	}
	scheme, rest, _ := strings.Cut(values[0], " ")
	switch {
	case strings.EqualFold(scheme, "Bearer"):
		p.token = strings.TrimSpace(rest)
		switch {
		case p.token == "":
			return errMalformed
		case len(p.token) > maxToken:
			return errHuge
		}
	case strings.EqualFold(scheme, "Basic"):
		user, password, ok := p.request.BasicAuth()
		switch {
		case !ok || user == "" || password == "":
			return errMalformed
		case len(user) > maxName || len(password) > maxPassword:
			return errHuge
		}
		p.basic, p.user, p.password = true, user, password
	}
	return nil
}

// cookie is the value of the one cookie of this name; "" if there is none.
func (p *presented) cookie(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	switch cookies := p.request.CookiesNamed(name); {
	case len(cookies) == 0:
		return "", nil
	case len(cookies) > 1: // a subdomain can set one beside that of the domain
		return "", errAmbiguous
	case len(cookies[0].Value) > maxToken:
		return "", errHuge
	default:
		return cookies[0].Value, nil
	}
}
