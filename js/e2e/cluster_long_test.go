//go:build long && linux

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPageOfACluster opens the page of examples/cluster, and has every bridge that it comes to go in another way. It misses no price, gets none
// twice, and each of its questions is answered. Then two pages, at whatever bridges, want the same name.
func TestPageOfACluster(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "cluster")
	build := exec.Command("go", "build", "-o", binary, "./examples/cluster")
	build.Dir = "../.." // whose module has what it needs
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	network := fmt.Sprintf("127.%d.%d", 1+rand.IntN(250), rand.IntN(250))
	cluster := start(t, binary, "-zwb", zwb, "-net", network, "-dir", t.TempDir())
	cluster.await("Ctrl-C")
	p := openTab(t, "http://"+network+".1:8080/prices")
	const numbers = until + `const number = (id) => Number(text('#' + id));`
	goesOn := func() {
		t.Helper()
		eval[any](p, numbers+`
			const before = { received: number('received'), answered: number('answered'), jobs: number('jobs') };
			await until(() => number('received') > before.received + 50 && number('answered') > before.answered + 3 && number('jobs') > before.jobs);`)
	}
	goesOn()
	gone := ""
	for _, how := range []string{"kill", "drain"} {
		bridge := eval[string](p, until+`return await until(() => text('#status') === 'connected' && text('#bridge') !== `+quoteJS(gone)+` && text('#bridge'))`)
		command := how + " " + strings.Replace(bridge, "-", " ", 1)
		fmt.Fprintln(cluster.stdin, command)
		cluster.await(command + ": done")
		eval[any](p, until+`await until(() => text('#status') === 'connected' && text('#bridge') !== `+quoteJS(bridge)+`)`)
		goesOn()
		gone = bridge
	}
	if got := eval[string](p, until+`return ['missing', 'told', 'twice', 'failed'].map((id) => id + ' ' + text('#' + id)).join(', ')`); got != "missing 0, told 0, twice 0, failed 0" {
		t.Errorf("the page says %s; its log: %s", got, eval[string](p, until+`return text('#log')`))
	}
	p.nothingThrown()

	first := openTab(t, "http://"+network+".1:8080/prices?desk=desk-1")
	eval[any](first, until+`await until(() => text('#desk').startsWith('It is desk-1, and was asked question'))`)
	second := openTab(t, "http://"+network+".1:8080/prices?desk=desk-1")
	eval[any](second, until+`await until(() => text('#desk') === 'Another page is desk-1.')`)
	eval[any](first, `location.href = 'about:blank'`)
	eval[any](second, until+`await until(() => text('#desk').startsWith('It is desk-1, and was asked question'))`)
	second.nothingThrown()
}
