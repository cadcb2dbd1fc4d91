package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/admin"
	"github.com/zmqwebbridge/zmqwebbridge/server/audit"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/live"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/web"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// overseer is the admin listener, and what is kept for it and for the audit. A nil one is none.
type overseer struct {
	listeners web.Listeners // none: there is only an audit
	door      *web.Door
	site      *http.Server
	token     string
	made      bool // the token was, and nobody else knows it
	file      *audit.File
	audit     *audit.Log
	log       *slog.Logger
}

// openAdmin opens the listener and the files, so that what is wrong with them is known before clients come.
func openAdmin(s *settings.Settings, given *web.Given, log *slog.Logger) (v *overseer, err error) {
	if s.Admin == nil && s.Audit == "" {
		return nil, nil
	}
	v = &overseer{log: log, token: admin.NewToken(), made: true}
	opened := v
	defer func() {
		if err != nil {
			opened.listeners.Close()
		}
	}()
	if s.Admin != nil {
		if err = v.listen(s.Admin, given); err != nil {
			return nil, err
		}
	}
	if s.Audit == "" {
		v.audit = audit.New(nil)
		return v, nil
	}
	if v.file, err = audit.OpenFile(s.Audit); err != nil {
		return nil, err
	}
	v.audit = audit.New(v.file)
	return v, nil
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

// decided is the hook of the bridge; nil: nobody wants to know.
func (v *overseer) decided() func(server.Decision) {
	if v == nil {
		return nil
	}
	return v.audit.Decided
}

// reopenOn opens the audit's file anew whenever the process is told to, until ctx ends: somebody has moved it away.
func (v *overseer) reopenOn(ctx context.Context, told <-chan os.Signal) {
	for {
		select {
		case <-told:
			if v == nil || v.file == nil {
				continue
			}
			if err := v.file.Reopen(); err != nil {
				v.log.Error("the audit's file cannot be opened anew; what is decided goes on into the one before", "err", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// adminVisitors is how many connections the listener has at a time.
const adminVisitors = 64

// serve begins to answer, and prints where. It ends with close.
func (v *overseer) serve(bridge *server.Bridge, now *live.Live, hosts func() []string, stdout io.Writer) {
	if v == nil || len(v.listeners) == 0 {
		return
	}
	handler := admin.New(admin.Config{Bridge: bridge, Token: v.token, Hosts: hosts, Decisions: v.audit, Log: v.log,
		Policy: now.Rules().Policy, Notes: now.Notes, Reloads: now.Counts, Reload: now.Reload, Revoked: now.Revoked()})
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
	if v == nil {
		return
	}
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
	if v.file != nil {
		v.file.Close()
	}
}
