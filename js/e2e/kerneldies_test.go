//go:build long

package e2e

import (
	"strings"
	"testing"
)

// TestJupyterKernelDies checks that a cell ends when its kernel dies, and that the page goes on with the next kernel at the
// same address.
func TestJupyterKernelDies(t *testing.T) {
	t.Parallel()
	p, j, _ := openNotebook(t)
	got := eval[string](p, inNotebook+`await idle(); return (await run('import os; os._exit(3)')).textContent`)
	if !strings.HasPrefix(got, "Not finished: ") {
		t.Errorf("the cell shows %q", got)
	}
	j.ended()
	if code := j.cmd.ProcessState.ExitCode(); code != 3 {
		t.Errorf("kernel.py ends with %d", code)
	}
	eval[any](p, inNotebook+`await until(() => all('status')[0].dataset.state === 'waiting')`)
	j.again(t)
	if got := eval[string](p, inNotebook+`await idle(); return (await run('1+1')).textContent`); got != "2" {
		t.Errorf("the next kernel answers %s", got)
	}
	p.nothingThrown()
}
