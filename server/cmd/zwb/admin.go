package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/admin"
	"github.com/zmqwebbridge/zmqwebbridge/server/audit"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// adminOptions say whether there is an admin listener, and who gets in.
type adminOptions struct {
	listen    string // "": there is none
	tokenFile string // "": a token is made
	audit     string // a file; "": decisions are not written
}

func (o *adminOptions) define(flags *flag.FlagSet) {
	flags.StringVar(&o.listen, "admin", "", "`address` for those who run the bridge, as in 127.0.0.1:8001: a live page, metrics for Prometheus, JSON; default none")
	flags.StringVar(&o.tokenFile, "admin-token-file", "", "`file` with the token for --admin; default a token is made at the start, and a link with it printed")
	flags.StringVar(&o.audit, "audit", "", "append every decision to this `file`, as lines of JSON")
}

// host is the name of the listen address, if it has one.
func (o *adminOptions) host() []string {
	if host, _, err := net.SplitHostPort(o.listen); err == nil && host != "" {
		return []string{host}
	}
	return nil
}

// overseer is the admin listener, and what is kept for it. A nil one is none.
type overseer struct {
	listener net.Listener
	door     *door
	web      *http.Server
	token    string
	made     bool // the token was, and nobody else knows it
	file     *os.File
	audit    *audit.Log
	log      *slog.Logger
}

// openAdmin opens the listener and the files, so that what is wrong with them is known before clients come.
func openAdmin(o *adminOptions, log *slog.Logger) (v *overseer, err error) {
	if o.listen == "" {
		return nil, nil
	}
	v = &overseer{log: log, token: admin.NewToken(), made: true}
	if o.tokenFile != "" {
		v.made = false
		if v.token, err = admin.ReadToken(o.tokenFile); err != nil {
			return nil, err
		}
	}
	if v.listener, err = net.Listen("tcp", o.listen); err != nil {
		return nil, err
	}
	if o.audit == "" {
		v.audit = audit.New(nil)
		return v, nil
	}
	v.file, err = os.OpenFile(o.audit, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		v.listener.Close()
		return nil, err
	}
	v.audit = audit.New(v.file)
	return v, nil
}

// decided is the hook of the bridge; nil: nobody wants to know.
func (v *overseer) decided() func(server.Decision) {
	if v == nil {
		return nil
	}
	return v.audit.Decided
}

// adminVisitors is how many connections the listener has at a time.
const adminVisitors = 64

// profileTime is how long an answer may take: a profile of 30 s, and somewhat more.
const profileTime = 90 * time.Second

// serve begins to answer, and prints where. It ends with close.
func (v *overseer) serve(bridge *server.Bridge, rules policy.Rules, hosts []string, stdout io.Writer) {
	if v == nil {
		return
	}
	cfg := admin.Config{Bridge: bridge, Token: v.token, Hosts: hosts, Decisions: v.audit, Log: v.log}
	if p, _ := policy.New(&config.File{}, rules); p != nil {
		cfg.Policy = func() *policy.Policy { return p }
	}
	handler := admin.New(cfg)
	v.door = newDoor(v.listener, adminVisitors, v.log)
	v.web = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       headerTime,
		WriteTimeout:      profileTime,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ConnState:         v.door.changed,
		ErrorLog:          slog.NewLogLogger(v.log.Handler(), slog.LevelDebug),
	}
	go v.web.Serve(v.door) // ended by close
	address := "http://" + v.listener.Addr().String() + "/"
	if v.made {
		address += "#token=" + v.token
	}
	fmt.Fprintf(stdout, "  admin      %s\n", address)
}

func (v *overseer) close() {
	if v == nil {
		return
	}
	if v.web != nil {
		end, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if v.web.Shutdown(end) != nil {
			v.web.Close()
		}
		v.door.Close()
	}
	v.listener.Close()
	v.audit.Close()
	if v.file != nil {
		v.file.Close()
	}
}
