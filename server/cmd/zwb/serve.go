package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/quietlog"
)

// serve runs the bridge until ctx ends.
func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseServeOptions(args, stderr)
	if err != nil {
		return err
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heapLimit(o.memory))
	}
	log := slog.New(quietlog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: o.level})))
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	if o.demo {
		stop, err := startDemo(o.demoAt, log)
		if err != nil {
			return fmt.Errorf("starting the demo's backends (--demo-port chooses other ports): %w", err)
		}
		defer stop()
	}
	return o.run(ctx, listener, log, stdout)
}

func (o *serveOptions) run(ctx context.Context, listener net.Listener, log *slog.Logger, stdout io.Writer) error {
	limit := openFiles()
	share := shareFiles(limit)
	log.Debug("file descriptors", "all", limit, "websockets", share.webSockets, "gateways", share.gateways, "visitors", share.visitors)
	door := newDoor(listener, share.visitors, log)
	defer door.Close()
	secured, err := o.secured(door)
	if err != nil {
		return err
	}
	seen, err := openAdmin(&o.admin, log)
	if err != nil {
		return err
	}
	defer seen.close()
	cfg := o.config(share, log)
	cfg.Decided = seen.decided()
	bridge := server.New(cfg)
	var draining atomic.Bool
	web := webServer(o.mux(bridge, &draining), door, log)
	o.announce(stdout, listener)
	seen.serve(bridge, o.rules, append(o.hosts, o.admin.host()...), stdout)
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(secured) }()
	giving, stopGiving := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { giveBackMemory(giving) })
	background.Go(func() { logAccount(giving, bridge, log) })
	defer background.Wait()
	defer stopGiving()
	select {
	case <-ctx.Done():
		log.Info("shutting down")
		draining.Store(true)
		o.leaveTime(ctx, bridge, log)
	case err = <-failed:
	}
	bridge.Close()
	end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(err, web.Shutdown(end))
}

// config is that of the bridge.
func (o *serveOptions) config(share files, log *slog.Logger) server.Config {
	return server.Config{
		WebsocketAllowed: func(*http.Request) error { return nil }, // the Origin is checked already, and the rules say what may be reached
		ZMQAllowed:       o.rules.ZMQAllowed,
		Flow:             o.rules.Flow,
		Origins:          o.origins,
		Hosts:            o.hosts,
		NoLegacy:         o.noLegacy,
		HWM:              o.hwm,
		MaxQueued:        int(o.perClient),
		Memory:           int(o.memory),
		Retain:           o.retain,
		NoResume:         o.retain == 0,
		MaxConnections:   share.webSockets,
		Gateway: gateway.Config{
			MaxGateways: share.gateways,
			LastValues:  o.last,
			History:     o.rules.History,
			DialAllowed: o.networks.DialAllowed,
			Security:    func(backend core.Endpoint) gateway.Security { return o.backends[backend] },
			Log:         log,
		},
		Log: log,
	}
}

// webServer has a deadline for everything but WebSockets, which have their own.
func webServer(handler http.Handler, door *door, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           bounded(handler),
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       headerTime,
		WriteTimeout:      answerTime,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ConnState:         door.changed,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// leaveTime gives clients time to finish and to move to another bridge. After a Ctrl-C it does not wait.
func (o *serveOptions) leaveTime(ctx context.Context, bridge *server.Bridge, log *slog.Logger) {
	if o.drain == 0 || context.Cause(ctx) == errInterrupted {
		return
	}
	patience, cancel := context.WithTimeout(context.Background(), o.drain)
	defer cancel()
	if bridge.Drain(patience, o.drain) != nil {
		log.Warn("some clients had not left when the time for that (--drain) was over", "connections", bridge.Stats().Connections)
	}
}

// announce prints the addresses and the rules, and what to do if nothing is allowed.
func (o *serveOptions) announce(w io.Writer, listener net.Listener) {
	web, ws := "http", "ws"
	if o.cert != "" {
		web, ws = "https", "wss"
	}
	address := listener.Addr().String()
	fmt.Fprintf(w, "%s\n  console    %s://%s/\n  WebSocket  %s://%s/data\n", server.Agent, web, address, ws, address)
	if o.demo {
		fmt.Fprint(w, o.demoAt)
	}
	for _, rule := range o.allow {
		fmt.Fprintf(w, "  allowed    %s\n", rule)
	}
	if names := o.rules.Names(); len(names) > 0 && len(o.networks) == 0 {
		fmt.Fprintf(w, "  note       DNS decides where %s is; limit with --networks where backends may be\n", strings.Join(names, ", "))
	}
	if len(o.rules) == 0 {
		fmt.Fprint(w, "  Nothing is allowed, so every socket will be refused. To allow some:\n"+
			"    zwb serve --allow 'REQ tcp://127.0.0.1:10001' --allow 'SUB tcp://127.0.0.1:10002'\n")
	}
}

// secured puts TLS on top of a listener, if there is a certificate.
func (o *serveOptions) secured(listener net.Listener) (net.Listener, error) {
	if o.cert == "" {
		return listener, nil
	}
	pair, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return nil, err
	}
	// A WebSocket needs HTTP/1.1, so no other version is offered.
	return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}}), nil
}
