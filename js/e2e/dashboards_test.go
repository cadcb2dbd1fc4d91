//go:build long

package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDashboards: each of the three pages shows both pairs, their prices change, and old ones are left out.
func TestDashboards(t *testing.T) {
	t.Parallel()
	r := startRecipe(t, "dashboard")
	r.python("python/pub.py", "--interval", "0.005")
	dir := filepath.Join(r.dir, r.name)
	link := func(target, name string) {
		err := os.Symlink(target, filepath.Join(dir, "node_modules", name))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "node_modules"), 0o755); err != nil {
		t.Fatal(err)
	}
	link(absolute(t, ".."), "zmq-web-bridge")
	for _, name := range []string{".bin", "react", "react-dom", "vue"} { // what npm install would bring
		link(absolute(t, modules, name), name)
	}
	runIn(t, dir, "npm", "run", "--silent", "build")
	for _, name := range []string{"index.html", "react.html", "vue.html"} {
		t.Run(name, func(t *testing.T) {
			p := r.open(t, name)
			got := eval[string](p, until+`
				await until(() => all('tbody tr').length === 2);
				const before = all('tbody td').map((cell) => cell.textContent);
				await until(() => all('tbody td').filter((cell, n) => cell.textContent !== before[n]).length === 4);
				return all('tbody td:first-child').map((cell) => cell.textContent).sort().join(' ');`)
			if got != "EURUSD GBPUSD" {
				t.Errorf("the pairs are %s", got)
			}
			p.nothingThrown()
		})
	}
	p := r.open(t, "")
	eval[any](p, until+`await until(() => Number(text('#skipped')) > 100 && text('#status') === 'connected')`)
}
