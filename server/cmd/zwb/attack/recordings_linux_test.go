package attack

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// taped is a block of a recording all of whose checksums are right, whatever it says. Its body is read bit by bit: what this process has
// counts as memory of those that it starts.
func taped(t *testing.T, summary string, said int, body ...io.Reader) []byte {
	t.Helper()
	var packed bytes.Buffer
	pack, err := zstd.NewWriter(&packed, zstd.WithEncoderConcurrency(1))
	if err == nil {
		_, err = io.Copy(pack, io.MultiReader(body...))
	}
	if err := errors.Join(err, pack.Close()); err != nil {
		t.Fatal(err)
	}
	le, b := binary.LittleEndian, []byte("ZBLK")
	for _, n := range []int{len(summary), packed.Len(), said, 1, 1} {
		b = le.AppendUint32(b, uint32(n))
	}
	b = append(b, make([]byte, 16)...) // times
	b = le.AppendUint32(b, crc32.ChecksumIEEE([]byte(summary)))
	b = le.AppendUint32(b, crc32.ChecksumIEEE(packed.Bytes()))
	b = le.AppendUint32(b, crc32.ChecksumIEEE(b))
	return append(append(b, summary...), packed.Bytes()...)
}

// entryOf is how an entry of the first source begins, a message of one part (kind 0) or a gap with its code (kind 1), and what it says first.
func entryOf(kind byte, size int, begin string) io.Reader {
	head := binary.LittleEndian.AppendUint32(nil, uint32(size))
	if kind == 1 {
		head = make([]byte, 8)
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(head)+size))
	b = append(b, make([]byte, 10)...) // time and source
	return strings.NewReader(string(append(append(b, kind), head...)) + begin)
}

// much is many bytes of nothing.
type much struct{}

func (much) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func zeros(n int64) io.Reader { return io.LimitReader(much{}, n) }

const anySource = `{"sources": [{"type": "SUB", "name": "a", "more": true}]}`

// bombs are recordings of some KiB that say more than there is memory for.
func bombs(t *testing.T) map[string][]byte {
	const large, times = 60 << 20, 15
	var topics []byte
	for n := range times {
		topics = append(topics, taped(t, anySource, 15+4+large, entryOf(0, large, fmt.Sprintf("%04d", n)), zeros(large-4))...)
	}
	return map[string][]byte{
		"codes of gaps":         bytes.Repeat(taped(t, anySource, 15+8+large, entryOf(1, large, ""), zeros(large)), times),
		"topics":                topics,
		"more than it says":     taped(t, anySource, 64<<20, zeros(768<<20)),
		"much more than it can": taped(t, anySource, 1<<32-1, zeros(768<<20)),
	}
}

// bears runs a command that reads such a file. That something in it is damaged, or too large for a PUB, is an error.
func bears(t *testing.T, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, zwb, args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if !slices.Contains([]int{0, 19, 21}, cmd.ProcessState.ExitCode()) || len(out) > 4096 {
		t.Errorf("%s: zwb %s: %v, %.200s", name, args[0], err, out)
	}
	if most := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10; most > 500 {
		t.Errorf("%s: zwb %s takes %d MiB", name, args[0], most)
	}
}

// TestHostileRecordings: a file that somebody else has made takes no more memory than a few of the largest messages, whatever is done
// with it, and says nothing that a terminal acts on.
func TestHostileRecordings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "evil.zwbrec")
	put := func(blocks []byte) {
		if err := os.WriteFile(file, append([]byte("ZWBREC1\n"), blocks...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, blocks := range bombs(t) {
		put(blocks)
		for _, args := range [][]string{
			{"inspect", "--verify", file},
			{"replay", file, "--to", "bind", freeAddress(t), "--speed", "0"},
			{"record", "--direct", freeAddress(t), "--for", "100ms", "-o", file},
		} {
			bears(t, name, args...)
		}
	}
	said := fmt.Sprintf(`{"sources": [{"type": "SUB\u001b[2J", "name": "\u001b]0;owned\u0007\u202e", "messages": 1, "topics": [{"topic": "%s", "messages": 1}]}]}`, `\u001b[2J\r`)
	code := "\x1b[2J\r\x07\u202e"
	put(taped(t, said, 15+8+len(code), entryOf(1, len(code), code)))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "/usr/bin/python3", "-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))", zwb, "inspect", "--verify", file).CombinedOutput()
	shown := strings.ReplaceAll(string(out), "\r\n", "\n")
	if err != nil || !strings.Contains(shown, "owned") || strings.ContainsAny(shown, "\x1b\x07\r\u202e") {
		t.Errorf("%v: a terminal is shown %q", err, shown)
	}
}
