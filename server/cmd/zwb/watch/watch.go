package watch

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// Watch tells when files change. Its methods may be called by anybody.
type Watch struct {
	// Changed has something for whoever receives, after at least one of the files has changed.
	Changed <-chan struct{}

	changed chan<- struct{}
	notify  *fsnotify.Watcher
	log     *slog.Logger

	mu      sync.Mutex
	files   map[string]state
	folders map[string]bool
	deaf    bool // a folder cannot be listened to, and that was said
}

// New makes a Watch of no files. Close ends it.
func New(log *slog.Logger) (*Watch, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching files: %w", err)
	}
	changed := make(chan struct{}, 1)
	return &Watch{Changed: changed, changed: changed, notify: notify, log: log, files: map[string]state{}, folders: map[string]bool{}}, nil
}

// Close gives back what the system has for it. It comes after Run.
func (w *Watch) Close() { w.notify.Close() }

// Follow makes these the files. Those that were among them before have changed if they differ from what was seen of them
// last, also if that has yet to be noticed; of a new one the present state is the one to differ from.
func (w *Watch) Follow(files []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	followed := map[string]state{}
	for _, name := range files {
		seen, known := w.files[name]
		if !known {
			seen = stateOf(name)
		}
		followed[name] = seen
	}
	w.files = followed
	w.listen()
}

// Run notices changes until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	stirred := make(chan struct{}, 1)
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { w.hear(ctx, stirred) })
	settle(ctx, stirred, w.look)
}

// hear passes on that something has happened in a folder.
func (w *Watch) hear(ctx context.Context, stirred chan<- struct{}) {
	for {
		select {
		case <-w.notify.Events:
		case err := <-w.notify.Errors: // there was more than could be told, say
			w.log.Debug("watching files", "err", err)
		case <-ctx.Done():
			return
		}
		select {
		case stirred <- struct{}{}:
		default:
		}
	}
}

// look compares the files with what was seen of them last.
func (w *Watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	differ := false
	for name, seen := range w.files {
		if now := stateOf(name); !now.equals(seen) {
			w.files[name], differ = now, true
		}
	}
	w.listen() // links may lead elsewhere, folders may have come and gone
	if !differ {
		return
	}
	select {
	case w.changed <- struct{}{}:
	default: // whoever receives has yet to hear of the last one
	}
}

// listen has the system tell of the folders in which a change may happen, and of no others. The lock is held.
func (w *Watch) listen() {
	wanted := map[string]bool{}
	for name := range w.files {
		for _, folder := range foldersOf(name) {
			wanted[folder] = true
		}
	}
	for folder := range w.folders {
		if !wanted[folder] {
			w.notify.Remove(folder) // it may be gone
		}
	}
	for folder := range wanted { // also those that it tells of: one that was made anew is another one
		if err := w.notify.Add(folder); err != nil && !w.deaf {
			w.deaf = true
			w.log.Warn("changes of files in this folder are not noticed", "folder", folder, "err", err)
		}
	}
	w.folders = wanted
}
