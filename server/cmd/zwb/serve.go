package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/demo"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/heap"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/live"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/systemd"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/web"
	"github.com/zmqwebbridge/zmqwebbridge/server/quietlog"
)

// serve runs the bridge until ctx ends.
func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := serveSettings(args, stderr)
	if err != nil {
		return err
	}
	limitHeap(s)
	lines := live.NewLogHandler(stderr, s)
	log := slog.New(quietlog.New(lines))
	for _, warning := range s.Unwise {
		log.Debug("the settings may not be meant", "what", warning.Error())
	}
	given, err := givenSockets(s)
	if err != nil {
		return err
	}
	defer given.Close()
	listeners, err := given.Listen(s.Listen)
	if err != nil {
		return err
	}
	defer listeners.Close()
	others, err := joinCluster(s, log)
	if err != nil {
		return err
	}
	defer others.leave()
	seen, err := openAdmin(s, given, log)
	if err != nil {
		return err
	}
	defer seen.close()
	if s.Demo {
		stop, err := demo.Start(s.DemoAt, log)
		if err != nil {
			return fmt.Errorf("starting the demo's backends (--demo-port chooses other ports): %w", err)
		}
		defer stop()
	}
	return runBridge(ctx, s, args, listeners, seen, others, lines, log, stdout)
}

// givenSockets are those that a service manager has opened, for the addresses that say so.
func givenSockets(s *settings.Settings) (*web.Given, error) {
	sockets, err := systemd.Sockets()
	if err != nil {
		return nil, err
	}
	addresses := slices.Clone(s.Listen)
	if s.Admin != nil {
		addresses = append(addresses, s.Admin.Listen)
	}
	return web.NewGiven(sockets, addresses...)
}

// serveSettings are those of zwb serve, which does all that they say, or nothing.
func serveSettings(args []string, stderr io.Writer) (*settings.Settings, error) {
	s, err := settings.Read("zwb serve", args, os.Environ(), stderr)
	if err != nil {
		return nil, asUsage(err)
	}
	return s, nil
}

// limitHeap has the garbage collector keep the process within what may be held, unless somebody has said otherwise.
func limitHeap(s *settings.Settings) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heap.Limit(s.Limits.Memory))
	}
}

func runBridge(ctx context.Context, s *settings.Settings, args []string, listeners web.Listeners, seen *overseer, others *others, lines *live.LogHandler, log *slog.Logger, stdout io.Writer) error {
	limit := web.OpenFiles()
	share := shareFiles(s, limit, log)
	door := web.NewDoor(share.Visitors, log)
	defer door.Close()
	manager := systemd.Manager{Log: log}
	now, err := live.New(s, args, manager, log)
	if err != nil {
		return err
	}
	defer now.Close()
	cfg := join(s, s.Listen, now, share, log)
	cfg.Decided = seen.decided
	cfg.Hold, cfg.Others = others.hold(), others.counted()
	cfg.Gateway.LastElsewhere = others.lastElsewhere()
	cfg.Depot = others.depot()
	now.Decided = cfg.Decided
	others.govern(now, cfg.Decided, log)
	histories, endHistories, err := openHistories(s, others)
	if err != nil {
		return err
	}
	defer endHistories() // after the bridge is closed
	cfg.Gateway.Histories = histories
	bridge := server.New(cfg)
	bridge.KeepHistories(durableNames(s)...)
	v := &visible{bridge: bridge, now: now, log: log, lines: lines, seen: seen, listen: slices.Clip(s.Listen), files: limit}
	if s.Admin != nil {
		v.admin = s.Admin.Listen
	}
	v.present(s)
	now.Prepare = v.prepare
	site := web.NewServer(v, v.hasSession, door, log)
	told, rotated := make(chan os.Signal, 1), make(chan os.Signal, 1) // before anybody can know that the bridge is there, whom SIGHUP would end otherwise
	signal.Notify(told, syscall.SIGHUP)
	defer signal.Stop(told)
	signal.Notify(rotated, syscall.SIGHUP)
	defer signal.Stop(rotated)
	printAddresses(s, stdout, listeners)
	overseen := seen.config(bridge, now, others.admin(), v.adminHosts)
	others.obey(overseen)
	others.run(bridge)
	seen.serve(overseen, stdout)
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { failed <- site.Serve(web.Secured(door.Guard(l), s.Pair != nil, now.Certificate)) }() // until Shutdown
	}
	giving, stopGiving := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { heap.GiveBack(giving, func() int { return int(bridge.Stats().MemoryHeld) }) })
	background.Go(func() { heap.Log(giving, bridge, log) })
	background.Go(func() { now.Run(giving, told, bridge) })
	background.Go(func() { seen.reopenOn(giving, rotated) })
	defer background.Wait()
	defer stopGiving()
	watching, stopWatching := context.WithCancel(context.WithoutCancel(ctx)) // while clients leave, too
	background.Go(func() { manager.Watch(watching, func() { bridge.Stats() }) })
	defer stopWatching()
	manager.Ready()
	select {
	case <-ctx.Done():
		log.Info("shutting down")
		drain := time.Duration(*now.Settings().ZMQ.Drain)
		manager.Stopping(drain + endTime)
		v.draining.Store(true)
		leaveTime(ctx, drain, bridge, log)
	case err = <-failed:
	}
	bridge.Close()
	end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(err, site.Shutdown(end))
}

// shareFiles divides the file descriptors, of which there are so many.
func shareFiles(s *settings.Settings, limit uint64, log *slog.Logger) web.Files {
	share := web.ShareFiles(limit, s.Limits.Connections)
	log.Debug("file descriptors", "all", limit, "websockets", share.WebSockets, "gateways", share.Gateways, "visitors", share.Visitors)
	if share.WebSockets < s.Limits.Connections && s.Said.Said("limits.connections") {
		log.Warn("there are too few file descriptors for so many connections; ulimit -n raises their number", "connections", s.Limits.Connections, "possible", share.WebSockets)
	}
	return share
}

// endTime is how long the process may take to end once its clients have left, or had the time to.
const endTime = 30 * time.Second

// leaveTime gives clients time to finish and to move to another bridge. After a Ctrl-C it does not wait.
func leaveTime(ctx context.Context, drain time.Duration, bridge *server.Bridge, log *slog.Logger) {
	if drain == 0 || context.Cause(ctx) == errInterrupted {
		return
	}
	patience, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	if bridge.Drain(patience, drain) != nil {
		log.Warn("some clients had not left when the time for that (--drain) was over", "connections", bridge.Stats().Connections)
	}
}

// printAddresses prints the addresses and the rules, and what to do if nothing is allowed.
func printAddresses(s *settings.Settings, w io.Writer, listeners []net.Listener) {
	fmt.Fprintln(w, server.Agent)
	for _, l := range listeners {
		printAddress(s, w, l)
	}
	if s.Demo {
		fmt.Fprint(w, s.DemoAt)
	}
	for _, rule := range s.Allowed {
		fmt.Fprintf(w, "  allowed    %s\n", rule)
	}
	if names := s.Rules.Names(); len(names) > 0 && len(s.File.Networks) == 0 {
		fmt.Fprintf(w, "  note       DNS decides where %s is; limit with --networks where backends may be\n", strings.Join(names, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Names)) {
		fmt.Fprintf(w, "  endpoint   %s %s\n", strings.Join(s.Names[name].Type, ","), name)
	}
	if len(s.Rules)+len(s.Names)+len(s.File.Rules) == 0 {
		fmt.Fprint(w, "  Nothing is allowed, so every socket will be refused. To allow some:\n"+
			"    zwb serve --allow 'REQ tcp://127.0.0.1:10001' --allow 'SUB tcp://127.0.0.1:10002'\n")
	}
}

func printAddress(s *settings.Settings, w io.Writer, l net.Listener) {
	address := l.Addr().String()
	if web.IsUnix(l) {
		fmt.Fprintf(w, "  listening  unix:%s, for a proxy\n", address)
		return
	}
	site, socket := "http", "ws"
	if s.Pair != nil {
		site, socket = "https", "wss"
	}
	if *s.ZMQ.Console {
		fmt.Fprintf(w, "  console    %s://%s/\n", site, address)
	}
	fmt.Fprintf(w, "  WebSocket  %s://%s/data\n", socket, address)
}
