package zmq

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

// Options of a Context; the zero value works.
type Options struct {
	Credentials any                 // for the bridge's authentication, as JSON; default none
	Token       string              // the same as the Credentials {"token": Token}
	Header      map[string][]string // of the WebSocket's handshake: an http.Header, for instance with Origin or Cookie. In a browser it is an error; default none
	Agent       string              // name and version for the bridge's log; default "zmq-go"

	// GetCredentials returns the Credentials, for which it is asked before each connection, and in time before they expire: then
	// they are handed over on the same connection, and no socket notices. Its ctx ends after RequestTimeout, or when they are
	// not needed any more. After an error it is asked again, with pauses, but not if the error has the code Unauthenticated or
	// Denied: that ends the Context. GetToken is the same for a Token. At most one of the four is set.
	GetCredentials func(ctx context.Context, why Reason) (any, error)
	GetToken       func(ctx context.Context, why Reason) (string, error)

	RequestTimeout time.Duration // of requests whose context has no deadline; default 30 s
	MaxMessage     int           // payload bytes of the largest message received; default 16 MiB
	HWM            int           // messages a socket holds: received and not consumed, or waiting for a connection; default 1000
	Linger         time.Duration // what was sent before Close may take so long to leave; negative: nothing waits; default 1 s

	DialTimeout time.Duration // of one attempt to connect; default 10 s
	BackoffMin  time.Duration // pause before the second attempt, doubled before each further one; default 100 ms
	BackoffMax  time.Duration // the longest pause; default 5 s

	// Dial opens the WebSocket, for a test or an unusual network. Default wsconn.Dial with Header.
	Dial func(ctx context.Context, url string) (Conn, error)
}

// Conn is a WebSocket. The documentation of [wsconn.Conn] says how each method has to behave, and coretest.TestConn checks
// it.
type Conn interface {
	Read(context.Context) ([]byte, error)
	Write(context.Context, []byte) error
	Close(core.CloseCode, string) error
	Drop() error
}

func (o Options) withDefaults() Options {
	setDefault(&o.RequestTimeout, 30*time.Second)
	setDefault(&o.MaxMessage, core.DefaultMaxMessage)
	setDefault(&o.HWM, 1000)
	if o.Linger == 0 {
		o.Linger = time.Second
	}
	o.Linger = max(0, o.Linger)
	setDefault(&o.DialTimeout, 10*time.Second)
	setDefault(&o.BackoffMin, 100*time.Millisecond)
	setDefault(&o.BackoffMax, 5*time.Second)
	o.BackoffMax = max(o.BackoffMin, o.BackoffMax)
	if o.Agent == "" {
		o.Agent = "zmq-go"
	}
	if o.Dial == nil {
		o.Dial = o.dial
	}
	return o
}

func setDefault[T int | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

func (o Options) dial(ctx context.Context, url string) (Conn, error) {
	limit := core.NewSession(core.SessionConfig{MaxMessage: o.MaxMessage}, 0).Limit()
	conn, err := wsconn.Dial(ctx, url, o.Header, wsconn.Options{Subprotocol: core.Subprotocol, Limit: int64(limit)})
	if err != nil {
		return nil, err // returning conn would make a Conn that is not nil but holds nil
	}
	return conn, nil
}
