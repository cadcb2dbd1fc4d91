package reach

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
)

// own is a bridge in this process, which lets in who knows its secret.
type own struct {
	bridge *server.Bridge
	web    *http.Server
	ended  chan struct{}
}

// lingering is how long subscribers may take for what was published when the command is done.
const lingering = 30 * time.Second

// secretHeader has the secret in a handshake. A browser cannot set it.
const secretHeader = "X-Zwb-Secret"

func startOwn(secret string, hwm int) (*own, string, error) {
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
		HWM:        hwm,
		Log:        quiet,
	}
	cfg.Gateway.Log, cfg.Gateway.HWM = quiet, hwm
	o := &own{bridge: server.New(cfg), ended: make(chan struct{})}
	o.web = &http.Server{Handler: o.bridge, ErrorLog: slog.NewLogLogger(quiet.Handler(), slog.LevelError)}
	go func() {
		defer close(o.ended)
		o.web.Serve(listener) // until it is closed
	}()
	return o, "ws://" + listener.Addr().String() + "/", nil
}

func (p *Place) startOwn(ctx context.Context, hwm int) (err error) {
	secret := rand.Text()
	var at string
	if p.own, at, err = startOwn(secret, hwm); err != nil {
		return err
	}
	p.context, err = zmq.Dial(ctx, at, zmq.Options{Agent: "zwb", HWM: hwm, Header: http.Header{secretHeader: {secret}}})
	if err != nil {
		p.own.close(ctx)
	}
	return err
}

// TooSlow is how many messages did not get to a subscriber, as that was too slow for them. Only one who goes straight to backends knows.
func (p *Place) TooSlow() uint64 {
	if p.own == nil {
		return 0
	}
	return p.own.bridge.Stats().Gateway.Dropped[drop.SlowPeer]
}

// close ends the bridge. What its sockets have sent leaves before, unless ctx ends or that takes longer than lingering.
func (o *own) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lingering)
	defer cancel()
	o.bridge.Drain(ctx, 0)
	o.web.Close()
	<-o.ended
	o.bridge.Close()
}
