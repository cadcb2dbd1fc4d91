package users

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// Requester asks a REP socket over ZeroMQ: one part there, one part back. Whoever joins a Chain with a bridge has one.
type Requester interface {
	Request(ctx context.Context, address string, question []byte) (answer []byte, err error)
}

// Question is what the service of an entry zmq is asked, as JSON. Fields that do not matter to the action are left out.
type Question struct {
	Action string         `json:"action"` // "connect": who is this? Or "open", "subscribe", "call": may this user?
	User   string         `json:"user,omitempty"`
	Claims map[string]any `json:"claims,omitempty"`

	Credentials json.RawMessage `json:"credentials,omitempty"` // connect: what was shown: {"token": …}, {"user": …, "password": …}, or what the client has sent as credentials

	Endpoint string          `json:"endpoint,omitempty"` // a name, or an address
	Type     string          `json:"type,omitempty"`     // of the socket, as in "SUB"
	Params   json.RawMessage `json:"params,omitempty"`   // what the page passed to connect
	Topic    string          `json:"topic,omitempty"`    // subscribe: the prefix
	Function string          `json:"function,omitempty"` // call

	IP     string `json:"ip,omitempty"`
	Door   string `json:"door,omitempty"` // by which the client has come in: "http", "ws", "zws"; absent: it is one of this project
	Origin string `json:"origin,omitempty"`
}

// Answer is what the service says.
type Answer struct {
	Allow  bool           `json:"allow"`
	User   string         `json:"user"`   // connect: who it is
	Claims map[string]any `json:"claims"` // connect
	TTL    *float64       `json:"ttl"`    // seconds for which the answer may be kept; absent: as long as the file says
	Until  float64        `json:"until"`  // connect: seconds since 1970 at which the user has to log in again; absent: never
	Reason string         `json:"reason"` // of a refusal, for the user
}

// asker has a service decide.
type asker struct {
	address   string
	timeout   time.Duration
	keep      time.Duration
	requester Requester
	ip        func(*presented) string
	log       *slog.Logger

	asking  chan struct{} // holds one for each question that is not answered
	answers cache[Answer]
}

const (
	defaultTimeout = time.Second
	defaultKeep    = 30 * time.Second
	maxAsking      = 256
	maxAnswers     = 10_000
	maxAnswer      = 64 << 10 // bytes
	maxReason      = 200
)

func newAsker(c config.Asker, o Options) (entry, error) {
	if o.Requester == nil {
		return nil, errors.New("zmq: nobody can ask over ZeroMQ here")
	}
	a := &asker{address: c.Address, timeout: defaultTimeout, keep: defaultKeep, requester: o.Requester, log: o.Log,
		asking: make(chan struct{}, maxAsking), answers: newCache[Answer](maxAnswers),
		ip: func(p *presented) string { return o.IP(p.request) }}
	if c.Timeout != nil {
		a.timeout = time.Duration(*c.Timeout)
	}
	if c.Cache != nil {
		a.keep = time.Duration(*c.Cache)
	}
	if _, err := core.ParseEndpoint(c.Address); err != nil {
		return nil, fmt.Errorf("zmq: address: %w", err)
	}
	return a, nil
}

// identify asks about credentials of whatever kind.
func (a *asker) identify(ctx context.Context, p *presented) (any, error) {
	q := Question{Action: "connect", Credentials: credentialsOf(p), IP: a.ip(p), Origin: p.request.Header.Get("Origin")}
	if q.Credentials == nil {
		return nil, errAbsent
	}
	answer, err := a.ask(ctx, q)
	var unknown *core.Error
	switch {
	case errors.Is(err, errNoService):
		return nil, errAway
	case errors.As(err, &unknown) && p.token != "":
		return nil, refused(unknown.Text) // there may be another token
	case err != nil:
		return nil, err
	}
	if !validName(answer.User) {
		a.log.Error("the service that decides has let somebody in and not said whom", "address", a.address)
		return nil, errAway
	}
	u := User{Issuer: "zmq", Name: answer.User, Claims: answer.Claims, asker: a, grounds: grounds{by: "zmq", proof: proofOf(a.address)}}
	if u.Claims == nil {
		u.Claims = map[string]any{}
	}
	if answer.Until > 0 && answer.Until < 1e11 {
		u.Expires = time.Unix(int64(answer.Until), 0)
	}
	if p.token != "" {
		u.TokenID = hashOf(p.token)
	}
	return u, nil
}

// still has the service asked from now on as this entry says. Whoever another service has let in has to show it to this one.
func (a *asker) still(_ *http.Request, u User) (User, error) {
	switch {
	case u.grounds.by != "zmq":
		return User{}, errAbsent
	case u.grounds.proof != proofOf(a.address):
		return User{}, ErrShowAgain
	}
	u.asker = a
	return u, nil
}

// credentialsOf is what was shown, as it would be in Hello; nil: nothing.
func credentialsOf(p *presented) json.RawMessage {
	var shown map[string]string
	switch {
	case p.hello != nil:
		return p.hello
	case p.token != "":
		shown = map[string]string{"token": p.token}
	case p.basic:
		shown = map[string]string{"user": p.user, "password": p.password}
	default:
		return nil
	}
	text, _ := json.Marshal(shown) // strings never fail
	return text
}

// Decide asks the service that has let a user in whether the user may do something. Of anybody else nothing is asked. An
// error is a *core.Error, which may be told.
func Decide(ctx context.Context, u User, q Question) error {
	if u.asker == nil {
		return nil
	}
	q.User, q.Claims, q.Credentials = u.Name, u.Claims, nil
	_, err := u.asker.ask(ctx, q)
	return err
}

// Waits tells whether Decide may have to wait for an answer about a user, which Config.Waits of package server wants to know.
func Waits(user any) bool { return Of(user).asker != nil }

var errNoService = core.NewError(core.Denied, "the service that decides does not answer")

// ask returns an answer that allows. No answer means no.
func (a *asker) ask(ctx context.Context, q Question) (Answer, error) {
	text, err := json.Marshal(q)
	if err != nil {
		return Answer{}, errMalformed
	}
	k := cacheKey(sha256.Sum256(text))
	if answer, kept := a.answers.get(k); kept {
		return answer, nil
	}
	select {
	case a.asking <- struct{}{}:
		defer func() { <-a.asking }()
	default:
		return Answer{}, errBusy
	}
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	said, err := a.requester.Request(ctx, a.address, text)
	if err != nil {
		a.log.Warn("the service that decides does not answer", "address", a.address, "action", q.Action, "user", q.User, "endpoint", q.Endpoint, "code", core.CodeOf(err))
		return Answer{}, errNoService
	}
	answer, err := parseAnswer(said)
	switch {
	case err != nil:
		a.log.Error("the service that decides does not answer in JSON", "address", a.address, "action", q.Action, "user", q.User, "endpoint", q.Endpoint)
		return Answer{}, errNoService
	case !answer.Allow && q.Action == "connect":
		return Answer{}, unauthenticated(reason(answer, "the credentials were not accepted"))
	case !answer.Allow:
		return Answer{}, core.NewError(core.Denied, reason(answer, "not allowed"))
	}
	a.answers.put(k, answer, a.life(answer))
	return answer, nil
}

// life is how long an answer is kept.
func (a *asker) life(answer Answer) time.Duration {
	if answer.TTL == nil {
		return a.keep
	}
	seconds := min(max(0, *answer.TTL), a.keep.Seconds())
	return time.Duration(seconds * float64(time.Second))
}

func parseAnswer(text []byte) (answer Answer, err error) {
	if len(text) > maxAnswer {
		return Answer{}, errHuge
	}
	err = json.Unmarshal(text, &answer)
	return answer, err
}

// reason is what a client is told: what the service says, if that is a line that can be told.
func reason(answer Answer, otherwise string) string {
	if answer.Reason == "" || len(answer.Reason) > maxReason || !validName(answer.Reason) {
		return otherwise
	}
	return answer.Reason
}

func (*asker) close() {}
