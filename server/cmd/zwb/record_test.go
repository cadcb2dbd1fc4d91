package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/recording"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/tape"
)

// numbered starts a socket of libzmq, see testdata/numbered.py. What it prints is there when it has ended.
func numbered(t *testing.T, role string, port, count, first int) (out *bytes.Buffer, ended func()) {
	t.Helper()
	out = new(bytes.Buffer)
	cmd := exec.Command("/usr/bin/python3", "testdata/numbered.py", role, fmt.Sprint(port), fmt.Sprint(count), fmt.Sprint(first))
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return out, func() {
		t.Helper()
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", role, err)
		}
	}
}

// asked runs a command, and returns the objects that it prints.
func asked(t *testing.T, status int, args ...string) (objects []map[string]any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*wait.Patience)
	defer cancel()
	var out, wrong bytes.Buffer
	if got := run(ctx, args, &out, &wrong); got != status {
		t.Fatalf("zwb %s: exit status %d, %s%s", strings.Join(args, " "), got, out.Bytes(), wrong.Bytes())
	}
	return objectsIn(t, out.Bytes(), args)
}

// objectsIn are those that a command has printed.
func objectsIn(t *testing.T, printed []byte, args []string) (objects []map[string]any) {
	t.Helper()
	for d := json.NewDecoder(bytes.NewReader(printed)); d.More(); {
		var object map[string]any
		if err := d.Decode(&object); err != nil {
			t.Fatalf("zwb %s: %v", strings.Join(args, " "), err)
		}
		objects = append(objects, object)
	}
	return objects
}

// is compares what an object says with what it is to say.
func is(t *testing.T, object map[string]any, want string) {
	t.Helper()
	var wanted map[string]any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	for key, value := range wanted {
		if object[key] != value {
			t.Errorf("%s is %v, want %v", key, object[key], value)
		}
	}
}

func tcp(port int) string { return fmt.Sprintf("tcp://127.0.0.1:%d", port) }

// TestRecordedWorkIsReplayed: what a PUSH of libzmq has handed out, its PULL gets from the recording, bit for bit.
func TestRecordedWorkIsReplayed(t *testing.T) {
	replayWork(t, 20_000, func(args ...string) []map[string]any { return asked(t, 0, args...) })
}

func replayWork(t *testing.T, count int, zwb func(args ...string) []map[string]any) {
	file, port := filepath.Join(t.TempDir(), "jobs.zwbrec"), unused.Ports(t, 2)
	_, sent := numbered(t, "push", port, count, 0)
	told := zwb("record", "--direct", tcp(port), "--type", "pull", "--count", fmt.Sprint(count), "-o", file)
	sent()
	is(t, told[0], fmt.Sprintf(`{"messages": %d, "gaps": 0}`, count))
	is(t, zwb("inspect", "--verify", file)[0], fmt.Sprintf(`{"messages": %d, "index": true, "damaged_bytes": 0, "cut_bytes": 0}`, count))
	out, received := numbered(t, "pull", port+1, count, 0)
	is(t, zwb("replay", file, "--to", "bind", tcp(port+1), "--push", "--speed", "0")[0], fmt.Sprintf(`{"messages": %d}`, count))
	received()
	if out.String() != fmt.Sprintln(count) {
		t.Errorf("the receiver says %q", out)
	}
}

// TestPublishedIsReplayed: a SUB of libzmq gets what its PUB has published, as it was.
func TestPublishedIsReplayed(t *testing.T) {
	const count = 5_000
	file, port := filepath.Join(t.TempDir(), "day.zwbrec"), unused.Ports(t, 2)
	_, sent := numbered(t, "publish", port, count, 0)
	asked(t, 0, "record", "--direct", tcp(port), "--count", fmt.Sprint(count), "-o", file)
	sent()
	objects := asked(t, 0, "inspect", file)
	if len(objects) != 12 {
		t.Fatalf("there are %d objects", len(objects))
	}
	is(t, objects[1], fmt.Sprintf(`{"type": "SUB", "source": %q, "messages": %d, "topics": 10}`, tcp(port), count))
	is(t, objects[5], `{"topic": "fx.3", "messages": 500}`)
	out, received := numbered(t, "subscribe", port+1, count, 0)
	asked(t, 0, "replay", file, "--to", "bind", tcp(port+1), "--wait", "--speed", "0")
	received()
	if out.String() != fmt.Sprintln(count) {
		t.Errorf("the receiver says %q", out)
	}
}

// cut removes the end of the last block, as a machine does that stops while it is written.
func cut(t *testing.T, file string) {
	t.Helper()
	info, err := os.Stat(file)
	if err == nil {
		err = os.Truncate(file, info.Size()-7)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// until is the time of the nth message, from 0.
func until(t *testing.T, file string, n int) string {
	t.Helper()
	at := ""
	readRecording(t, file, func(e *recording.Entry) {
		if n--; n == -1 {
			at = time.Unix(0, e.Time).UTC().Format(time.RFC3339Nano)
		}
	})
	return at
}

func readRecording(t *testing.T, file string, each func(*recording.Entry)) {
	t.Helper()
	r, err := tape.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for b, err := range r.Blocks() {
		if err != nil {
			t.Fatal(err)
		}
		for e, err := range r.Entries(b) {
			if err != nil {
				t.Fatal(err)
			}
			each(e)
		}
	}
}

func readInPython(t *testing.T, file string) (lines int) {
	t.Helper()
	out, err := exec.Command("/usr/bin/python3", root+"/examples/recording/read.py", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(out, []byte("\n"))
}

func builtZwb(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "zwb")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return bin
}

// taped is a recording with these entries.
func taped(t *testing.T, entries ...recording.Entry) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "day.zwbrec")
	r, err := tape.Record(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, name := range []string{"prices", "trades"} {
		if _, err := r.Source("SUB", name); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range entries {
		if err := r.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// at is a message that came so long after 09:29:59 of a day, at this machine.
func at(after time.Duration, source int, topic string) recording.Entry {
	begin := time.Date(2026, 12, 1, 9, 29, 59, 0, time.Local)
	return recording.Entry{Time: begin.Add(after).UnixNano(), Source: source, Parts: core.Message{[]byte(topic), []byte(after.String())}}
}

// TestWhatIsReplayed: the part of a recording that the flags say, in its time, again and again.
func TestWhatIsReplayed(t *testing.T) {
	gap := at(2500*time.Millisecond, 0, "")
	gap.Parts, gap.Gap = nil, &recording.Gap{Missed: 7, Code: "busy"}
	file := taped(t, at(0, 0, "fx.a"), at(time.Second, 0, "fx.b"), at(2*time.Second, 0, "eq.a"), gap, at(3*time.Second, 1, "fx.c"), at(time.Hour, 0, "fx.d"))
	tests := map[string]struct {
		flags  string
		want   string
		least  time.Duration
		missed bool
	}{
		"all":              {"--speed 0", "fx.a fx.b eq.a fx.c fx.d", 0, true},
		"a time of day":    {"--speed 0 --from 09:30 --until 09:30:02", "fx.b eq.a", 0, true},
		"a while":          {"--speed 0 --from +2s --until +10m", "eq.a fx.c", 0, true},
		"a date":           {"--speed 0 --from 2026-12-01T10:00", "fx.d", 0, false},
		"a topic":          {"--speed 0 --topic eq.", "eq.a", 0, true},
		"a source":         {"--speed 0 --source trades", "fx.c", 0, false},
		"ten times faster": {"--speed 10 --until +30m", "fx.a fx.b eq.a fx.c", 300 * time.Millisecond, true},
		"again":            {"--speed 0 --topic fx.b --topic eq. --loop", "fx.b eq.a fx.b eq.a fx.b", 0, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			place, want := tcp(unused.Port(t)), strings.Fields(test.want)
			var told bytes.Buffer
			ended, begun := make(chan int, 1), time.Now()
			go func() {
				args := append([]string{"replay", file, "--to", "connect", place, "--push"}, strings.Fields(test.flags)...)
				ended <- run(ctx, args, &told, io.Discard)
			}()
			for i, object := range asked(t, 0, "pull", "--direct", place, "--bind", "--count", fmt.Sprint(len(want))) {
				if parts := object["parts"].([]any); parts[0] != want[i] {
					t.Errorf("message %d is %v, want %s", i, parts, want[i])
				}
			}
			if took := time.Since(begun); took < test.least {
				t.Errorf("it takes %v", took)
			}
			if strings.Contains(test.flags, "--loop") {
				stop()
			}
			if status := <-ended; status != 0 || strings.Contains(told.String(), `{"missed":7,"code":"busy"}`) != test.missed {
				t.Errorf("exit status %d, %s", status, &told)
			}
			stop()
		})
	}
}

// TestGapsAreRecorded: what a bridge says is missing is in the recording, where it is missing. A bridge counts a topic from when its
// subscription is known to be live, so the publisher goes on until the recorder has told of a gap.
func TestGapsAreRecorded(t *testing.T) {
	c := startCounted(t, "bitcoind")
	folder := t.TempDir()
	config, file := filepath.Join(folder, "zwb.yaml"), filepath.Join(folder, "blocks.zwbrec")
	endpoint := fmt.Sprintf("{type: SUB, address: %q, sequence: {part: 2, format: u32le, per: topic}}", tcp(c.pub))
	if err := os.WriteFile(config, []byte("users: [anonymous: {}]\nendpoints:\n  feed: "+endpoint+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	place, err := url.Parse(startServe(t, "--config", config))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var told safeBuffer
	ended, n := make(chan int, 1), 1
	go func() {
		ended <- run(ctx, []string{"record", "feed", "--url", "http://" + place.Host, "-o", file}, &told, &told)
	}()
	wait.For(t, "a gap", func() bool {
		c.says("hashblock", n)
		n += 3
		return strings.Contains(told.String(), `{"missed":2,"code":"lost"}`)
	})
	stop()
	if status := <-ended; status != 0 {
		t.Errorf("exit status %d, %s", status, &told)
	}
	gaps, missing := 0, false
	readRecording(t, file, func(e *recording.Entry) {
		switch {
		case e.Gap != nil && *e.Gap == (recording.Gap{Missed: 2, Code: "lost"}):
			gaps, missing = gaps+1, true
		case e.Gap != nil || gaps > 0 && !missing:
			t.Errorf("after %d gaps of 2: %+v", gaps, e)
		default:
			missing = false
		}
	})
	is(t, asked(t, 0, "inspect", file)[0], fmt.Sprintf(`{"gaps": %d, "missed": %d}`, gaps, 2*gaps))
	if gaps == 0 {
		t.Error("there is no gap in it")
	}
}

// TestOneRecorderAFile: nobody else records into it, and nothing else is overwritten.
func TestOneRecorderAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "day.zwbrec")
	first, err := tape.Record(file)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := tape.Record(file); core.CodeOf(err) != core.Conflict {
		t.Errorf("a second recorder: %v", err)
	}
	for _, text := range []string{"a letter, which is no recording", "ZWB", "x"} {
		other := filepath.Join(t.TempDir(), "other")
		if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := tape.Record(other)
		if begun := text == "ZWB"; begun != (err == nil) || err != nil && core.CodeOf(err) != core.Invalid {
			t.Errorf("%q: %v", text, err)
		}
		if err == nil {
			r.Close()
			continue
		}
		if got, _ := os.ReadFile(other); string(got) != text {
			t.Errorf("it is %q now", got)
		}
	}
}

// blockEnd is where the first block of a recording ends.
func blockEnd(t *testing.T, file string) int64 {
	t.Helper()
	r, err := tape.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for b := range r.Blocks() {
		return b.End()
	}
	return 0
}

// TestDamageIsTold: a replay sends what can be read, and ends with an error.
func TestDamageIsTold(t *testing.T) {
	file := taped(t, at(0, 0, "fx.a"))
	r, err := tape.Record(file)
	if err != nil {
		t.Fatal(err)
	}
	r.Source("SUB", "prices")
	r.Add(at(time.Second, 0, "fx.b"))
	r.Close()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content[blockEnd(t, file)-1] ^= 1
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	place, ended := tcp(unused.Port(t)), make(chan []map[string]any, 1)
	go func() { ended <- asked(t, 21, "replay", file, "--to", "connect", place, "--push", "--speed", "0") }()
	if got := asked(t, 0, "pull", "--direct", place, "--bind", "--count", "1", "--timeout", "30s"); got[0]["parts"].([]any)[0] != "fx.b" {
		t.Errorf("%v", got)
	}
	<-ended
}
