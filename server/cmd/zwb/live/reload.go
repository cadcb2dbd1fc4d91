package live

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/admin"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/watch"
)

// judgeTime is how long it may take to ask anew about everything that clients have open.
const judgeTime = time.Minute

// Run reloads whenever it is told to, one reload at a time, until ctx ends. It is called once.
func (l *Live) Run(ctx context.Context, told <-chan os.Signal, bridge *server.Bridge) {
	defer close(l.ended)
	stopWatching := l.startWatching(ctx)
	defer func() { stopWatching() }()
	for {
		var changed <-chan struct{}
		if l.watch != nil {
			changed = l.watch.Changed
		}
		watched := l.watch
		select {
		case <-told:
			l.reload(ctx, bridge)
		case <-changed:
			l.reload(ctx, bridge)
		case answer := <-l.asked:
			answer <- l.reload(ctx, bridge)
		case <-ctx.Done():
			return
		}
		if l.watch != watched {
			stopWatching()
			if watched != nil {
				watched.Close()
			}
			stopWatching = l.startWatching(ctx)
		}
	}
}

// startWatching has files watched, if they are to be, until stop is called, which waits for the end of it.
func (l *Live) startWatching(ctx context.Context) (stop func()) {
	if l.watch == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended, watching := make(chan struct{}), l.watch
	go func() { // until stop
		defer close(ended)
		watching.Run(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}

var errEnding = core.NewError(core.Closed, "the bridge is shutting down")

// Reload has Run reload, and waits for what comes of it. When ctx ends nobody waits any more. The error is what is wrong with
// the settings, of which nothing was taken then.
func (l *Live) Reload(ctx context.Context) (admin.Reloaded, error) {
	answer := make(chan outcome, 1)
	select {
	case l.asked <- answer:
	case <-l.ended:
		return admin.Reloaded{}, errEnding
	case <-ctx.Done():
		return admin.Reloaded{}, ctx.Err()
	}
	select {
	case out := <-answer:
		return out.reloaded, out.err
	case <-ctx.Done():
		return admin.Reloaded{}, ctx.Err()
	}
}

// reload reads everything anew, and has the bridge go by it.
func (l *Live) reload(ctx context.Context, bridge *server.Bridge) outcome {
	l.manager.Reloading()
	defer l.manager.Ready() // also if nothing has changed
	s, next, err := l.read()
	if err != nil {
		l.follow(s)
		l.refused.Add(1)
		trouble := err.Error()
		l.trouble.Store(&trouble)
		l.tell(server.Decision{Code: core.Invalid.String(), Reason: trouble})
		l.log.Error("the settings were not reloaded, and nothing has changed", "err", err)
		return outcome{err: err}
	}
	digests := digestsOf(s)
	out := admin.Reloaded{Changed: append(changed(l.settings.Load(), s), differing(l.digests, digests)...), Restart: l.needRestart(s, digests)}
	l.sayRestart(out.Restart)
	l.digests = digests
	l.settings.Store(s)
	if s.Pair != nil {
		l.pair.Store(s.Pair)
	}
	l.watch = next.watch
	l.follow(s)
	before := l.logins.Swap(next.logins)
	out.Moved = append([]string{}, l.rules.Swap(s.Policy)...)
	next.adopt()
	l.taken.Add(1)
	l.trouble.Store(nil)
	l.tell(server.Decision{Allowed: true})
	then := bridge.Stats()
	within, cancel := context.WithTimeout(ctx, judgeTime)
	defer cancel()
	bridge.Moved(out.Moved...)
	bridge.Judge(within)
	before.Close()
	now := bridge.Stats()
	out.Withdrawn, out.Ended = now.Withdrawn-then.Withdrawn, now.Dismissed-then.Dismissed
	l.log.Info("the settings were reloaded", "changed", strings.Join(out.Changed, ", "), "withdrawn", out.Withdrawn, "ended", out.Ended)
	return outcome{reloaded: out}
}

// tell tells of a reload.
func (l *Live) tell(d server.Decision) {
	if l.Decided != nil {
		d.Time, d.What = time.Now(), access.Reload
		l.Decided(d)
	}
}

// sayRestart says what is not in force yet.
func (l *Live) sayRestart(settings []string) {
	if len(settings) == 0 {
		l.restart.Store(nil)
		return
	}
	text := strings.Join(settings, ", ")
	l.restart.Store(&text)
	l.log.Warn("some settings have changed that need a restart", "settings", text)
}

// follow watches the files that the settings name now. Of settings that were not taken these and those of before are
// watched: whichever is put right, it is to be tried again.
func (l *Live) follow(s *settings.Settings) {
	if l.watch == nil {
		return
	}
	files := l.settings.Load().Files()
	if s != nil {
		files = append(files, s.Files()...)
	}
	slices.Sort(files)
	l.watch.Follow(slices.Compact(files))
}

// prepared is what comes in the place of what there is, when new settings are taken.
type prepared struct {
	logins *logins
	watch  *watch.Watch // nil: files are not watched
	adopt  func()       // has all else go by the settings
}

// read returns what could be read of the settings, with an error, too: then nothing is prepared.
func (l *Live) read() (s *settings.Settings, next prepared, err error) {
	if s, err = settings.Read("zwb serve", l.args, os.Environ(), io.Discard); err != nil {
		return s, next, err
	}
	if next.logins, err = newLogins(s, l.logins.Load(), l.services, l.log); err != nil {
		return s, next, err
	}
	next.watch = l.watch
	if s.Watch != (l.watch != nil) {
		next.watch = nil
		if s.Watch {
			next.watch, err = watch.New(l.log)
		}
	}
	next.adopt = func() {}
	if err == nil && l.Prepare != nil {
		next.adopt, err = l.Prepare(s)
	}
	if err != nil {
		next.logins.Close()
		if next.watch != nil && next.watch != l.watch {
			next.watch.Close()
		}
	}
	return s, next, err
}
