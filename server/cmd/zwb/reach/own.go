package reach

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"log/slog"
	"net"
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server"
)

// own is a bridge in this process, which lets in who knows its secret.
type own struct {
	bridge *server.Bridge
	web    *http.Server
	ended  chan struct{}
}

// secretHeader has the secret in a handshake. A browser cannot set it.
const secretHeader = "X-Zwb-Secret"

func startOwn(secret string) (*own, string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	quiet := slog.New(slog.DiscardHandler) // what goes wrong is told to the client
	cfg := server.Config{
		WebsocketAllowed: func(r *http.Request) error {
			if subtle.ConstantTimeCompare([]byte(r.Header.Get(secretHeader)), []byte(secret)) != 1 {
				return core.NewError(core.Denied, "this bridge is for one program")
			}
			return nil
		},
		ZMQAllowed: func(context.Context, server.Access) error { return nil },
		NoLegacy:   true,
		Log:        quiet,
	}
	cfg.Gateway.Log = quiet
	o := &own{bridge: server.New(cfg), ended: make(chan struct{})}
	o.web = &http.Server{Handler: o.bridge, ErrorLog: slog.NewLogLogger(quiet.Handler(), slog.LevelError)}
	go func() {
		defer close(o.ended)
		o.web.Serve(listener) // until it is closed
	}()
	return o, "ws://" + listener.Addr().String() + "/", nil
}

func (p *Place) startOwn(ctx context.Context) (err error) {
	secret := rand.Text()
	var at string
	if p.own, at, err = startOwn(secret); err != nil {
		return err
	}
	p.context, err = zmq.Dial(ctx, at, zmq.Options{Agent: "zwb", Header: http.Header{secretHeader: {secret}}})
	if err != nil {
		p.own.close()
	}
	return err
}

func (o *own) close() {
	o.web.Close()
	<-o.ended
	o.bridge.Close()
}
