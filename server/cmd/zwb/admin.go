package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/admin"
	"github.com/zmqwebbridge/zmqwebbridge/server/audit"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/live"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/web"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// overseer is the admin listener, and what is kept for it and for the audit.
type overseer struct {
	listeners web.Listeners // none: there is only an audit, or not even that
	door      *web.Door
	site      *http.Server
	token     string
	made      bool                       // the token was, and nobody else knows it
	file      atomic.Pointer[audit.File] // of the audit; nil: there is none
	audit     *audit.Log
	log       *slog.Logger
}

// openAdmin opens the listener and the files, so that what is wrong with them is known before clients come.
func openAdmin(s *settings.Settings, given *web.Given, log *slog.Logger) (v *overseer, err error) {
	v = &overseer{log: log, token: admin.NewToken(), made: true, audit: audit.New(nil)}
	if s.Admin != nil {
		if err = v.listen(s.Admin, given); err != nil {
			return nil, err
		}
	}
	write, err := v.prepareAudit(s)
	if err != nil {
		v.listeners.Close()
		return nil, err
	}
	write()
	return v, nil
}

// prepareAudit opens the file that decisions are to be written to by these settings, if it is another one than before, and returns what
// has them written there.
func (v *overseer) prepareAudit(s *settings.Settings) (write func(), err error) {
	before := v.file.Load()
	switch {
	case before == nil && s.Audit == "" || before != nil && before.Path() == s.Audit:
		return func() {}, nil
	case s.Audit == "":
		return func() {
			v.file.Store(nil)
			v.audit.Redirect(nil)
		}, nil
	}
	file, err := audit.OpenFile(s.Audit)
	if err != nil {
		return nil, config.Mistakes{s.Said.MistakeAt("audit", err.Error())}
	}
	return func() {
		v.file.Store(file)
		v.audit.Redirect(file)
	}, nil
}

func (v *overseer) listen(a *config.Admin, given *web.Given) (err error) {
	if a.TokenFile != "" {
		v.made = false
		if v.token, err = admin.ReadToken(a.TokenFile); err != nil {
			return err
		}
	}
	v.listeners, err = given.Listen([]string{a.Listen})
	return err
}

// decided is the hook of the bridge.
func (v *overseer) decided(d server.Decision) {
	if len(v.listeners) > 0 || v.file.Load() != nil {
		v.audit.Decided(d)
	}
}

// reopenOn opens the audit's file anew whenever the process is told to, until ctx ends: somebody has moved it away.
func (v *overseer) reopenOn(ctx context.Context, told <-chan os.Signal) {
	for {
		select {
		case <-told:
			file := v.file.Load()
			if file == nil {
				continue
			}
			if err := file.Reopen(); err != nil {
				v.log.Error("the audit's file cannot be opened anew; what is decided goes on into the one before", "err", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// adminVisitors is how many connections the listener has at a time.
const adminVisitors = 64

// config is what an admin handler of a bridge is about.
func (v *overseer) config(bridge *server.Bridge, now *live.Live, cluster *admin.Cluster, hosts func() []string) admin.Config {
	return admin.Config{Bridge: bridge, Token: v.token, Hosts: hosts, Decisions: v.audit, Decided: v.decided, Log: v.log,
		Policy: now.Rules().Policy, Notes: now.Notes, Reloads: now.Counts, Reload: now.Reload, Revoked: now.Revoked, Cluster: cluster}
}

// serve begins to answer, and prints where. It ends with close.
func (v *overseer) serve(cfg admin.Config, stdout io.Writer) {
	if len(v.listeners) == 0 {
		return
	}
	handler := admin.New(cfg)
	v.door = web.NewDoor(adminVisitors, v.log)
	v.site = web.NewAdminServer(handler, v.door, v.log)
	listener := v.listeners[0]
	go v.site.Serve(v.door.Guard(listener)) // ended by close
	address := "http://" + listener.Addr().String() + "/"
	if v.made {
		address += "#token=" + v.token
	}
	fmt.Fprintf(stdout, "  admin      %s\n", address)
}

func (v *overseer) close() {
	if v.site != nil {
		end, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if v.site.Shutdown(end) != nil {
			v.site.Close()
		}
		v.door.Close()
	}
	v.listeners.Close()
	v.audit.Close()
}
