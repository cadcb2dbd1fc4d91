package watch

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const patience = 20 * time.Second

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// watching runs a Watch until the test ends.
func watching(t *testing.T, files ...string) *Watch {
	t.Helper()
	w, err := New(slog.New(slog.DiscardHandler))
	do(t, err)
	w.Follow(files)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended; w.Close() })
	return w
}

func await(t *testing.T, w *Watch, what string) {
	t.Helper()
	select {
	case <-w.Changed:
	case <-time.After(patience):
		t.Fatalf("%s is not noticed", what)
	}
}

// TestChanges: whatever is done to a file, and to what leads to it.
func TestChanges(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(t *testing.T, dir string) (file string)
		steps   map[string]func(t *testing.T, dir string)
		order   []string
	}{
		{"a file", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "a"), "1")
			return filepath.Join(dir, "a")
		}, map[string]func(*testing.T, string){
			"written in place": func(t *testing.T, dir string) { write(t, filepath.Join(dir, "a"), "22") },
			"replaced by an editor": func(t *testing.T, dir string) {
				write(t, filepath.Join(dir, ".a.swp"), "333")
				do(t, os.Rename(filepath.Join(dir, ".a.swp"), filepath.Join(dir, "a")))
			},
			"replaced once more": func(t *testing.T, dir string) {
				do(t, os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "a~")))
				write(t, filepath.Join(dir, "a"), "4444")
			},
			"removed":     func(t *testing.T, dir string) { do(t, os.Remove(filepath.Join(dir, "a"))) },
			"there again": func(t *testing.T, dir string) { write(t, filepath.Join(dir, "a"), "55555") },
		}, []string{"written in place", "replaced by an editor", "replaced once more", "removed", "there again"}},
		{"a ConfigMap", func(t *testing.T, dir string) string {
			do(t, os.Mkdir(filepath.Join(dir, "..1"), 0o700))
			write(t, filepath.Join(dir, "..1", "a"), "1")
			do(t, os.Symlink("..1", filepath.Join(dir, "..data")))
			do(t, os.Symlink(filepath.Join("..data", "a"), filepath.Join(dir, "a")))
			return filepath.Join(dir, "a")
		}, map[string]func(*testing.T, string){
			"exchanged": func(t *testing.T, dir string) {
				do(t, os.Mkdir(filepath.Join(dir, "..2"), 0o700))
				write(t, filepath.Join(dir, "..2", "a"), "2")
				do(t, os.Symlink("..2", filepath.Join(dir, "..tmp")))
				do(t, os.Rename(filepath.Join(dir, "..tmp"), filepath.Join(dir, "..data")))
				do(t, os.RemoveAll(filepath.Join(dir, "..1")))
			},
			"written where the link leads now": func(t *testing.T, dir string) { write(t, filepath.Join(dir, "..2", "a"), "333") },
		}, []string{"exchanged", "written where the link leads now"}},
		{"a folder elsewhere", func(t *testing.T, dir string) string {
			do(t, os.MkdirAll(filepath.Join(dir, "store", "certificates"), 0o700))
			write(t, filepath.Join(dir, "store", "certificates", "a"), "1")
			do(t, os.Symlink(filepath.Join(dir, "store"), filepath.Join(dir, "live")))
			return filepath.Join(dir, "live", "certificates", "a")
		}, map[string]func(*testing.T, string){
			"written":            func(t *testing.T, dir string) { write(t, filepath.Join(dir, "store", "certificates", "a"), "22") },
			"gone with a folder": func(t *testing.T, dir string) { do(t, os.RemoveAll(filepath.Join(dir, "store"))) },
			"there again": func(t *testing.T, dir string) {
				do(t, os.MkdirAll(filepath.Join(dir, "store", "certificates"), 0o700))
				write(t, filepath.Join(dir, "store", "certificates", "a"), "333")
			},
		}, []string{"written", "gone with a folder", "there again"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			w := watching(t, test.prepare(t, dir))
			for _, step := range test.order {
				test.steps[step](t, dir)
				await(t, w, step)
			}
		})
	}
}

// TestOtherFilesAreNoChange: something happens beside the file all the time, and it is the file that counts.
func TestOtherFilesAreNoChange(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a")
	write(t, file, "1")
	w := watching(t, file)
	write(t, filepath.Join(dir, "log"), "a line")
	w.look()
	select {
	case <-w.Changed:
		t.Error("a log beside the file counts as a change of it")
	default:
	}
	write(t, file, "22")
	await(t, w, "a change of the file")
}

// TestFollowOthers: a change that has yet to be noticed is not forgotten, and a file that is not followed any more is none.
func TestFollowOthers(t *testing.T) {
	w, err := New(slog.New(slog.DiscardHandler))
	do(t, err)
	defer w.Close()
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	write(t, a, "1")
	write(t, b, "1")
	w.Follow([]string{a})
	write(t, a, "22")
	w.Follow([]string{a, b})
	w.look()
	await(t, w, "what happened before others were followed, too")
	w.Follow([]string{b})
	write(t, a, "333")
	if w.look(); len(w.Changed) > 0 {
		t.Error("a file that is not followed counts")
	}
}

// TestSettle: many steps are one change, and a folder that is never quiet delays nobody for long.
func TestSettle(t *testing.T) {
	tests := []struct {
		name  string
		every time.Duration // something stirs this often
		steps int
		looks int32
		first time.Duration // when it is looked first
	}{
		{"one step", 0, 1, 1, quiet},
		{"an editor", 20 * time.Millisecond, 5, 1, 4*20*time.Millisecond + quiet},
		{"two changes", time.Second, 2, 2, quiet},
		{"a log", 100 * time.Millisecond, 25, 2, longest},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				begun := time.Now()
				stirred := make(chan struct{}, 1)
				var looks atomic.Int32
				var first time.Duration
				go settle(ctx, stirred, func() {
					if looks.Add(1) == 1 {
						first = time.Since(begun)
					}
				})
				for i := range test.steps {
					if i > 0 {
						time.Sleep(test.every)
					}
					stirred <- struct{}{}
				}
				time.Sleep(longest)
				synctest.Wait()
				if looks.Load() != test.looks || first != test.first {
					t.Errorf("it is looked %d times, first after %v; want %d, after %v", looks.Load(), first, test.looks, test.first)
				}
			})
		})
	}
}
