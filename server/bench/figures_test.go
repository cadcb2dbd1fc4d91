package bench

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestPercentiles: of the latencies 1 to 10,000 µs, taken by several shards, they are what they are, to three digits.
func TestPercentiles(t *testing.T) {
	cr := &crowd{shards: make([]shard, 3), load: &Load{}}
	for i := range cr.shards {
		cr.shards[i].latency = newHistogram()
	}
	for us := range int64(10_000) {
		cr.shards[us%3].record((us + 1) * 1000)
	}
	s := &session{crowd: cr}
	s.sum()
	for _, test := range []struct {
		name      string
		got, want int64
	}{{"p50", s.result.Latency.P50, 5000}, {"p99", s.result.Latency.P99, 9900}, {"p99.9", s.result.Latency.P999, 9990}, {"max", s.result.Latency.Max, 10_000}} {
		if off := test.got - test.want; off < -test.want/1000 || off > test.want/1000 {
			t.Errorf("%s is %d, want %d", test.name, test.got, test.want)
		}
	}
}

// TestLatencyOutOfRange is counted at the end of the range, and not lost.
func TestLatencyOutOfRange(t *testing.T) {
	s := shard{latency: newHistogram()}
	s.record(-5)
	s.record(1 << 60)
	if l := latencyOf(s.latency); s.latency.TotalCount() != 2 || l.Max < longest || l.P50 != 1 {
		t.Errorf("%d values, %+v", s.latency.TotalCount(), l)
	}
	if latencyOf(newHistogram()) != nil {
		t.Error("there is a latency of nothing")
	}
}

func TestLoss(t *testing.T) {
	for _, test := range []struct {
		came, expected uint64
		want           float64
	}{{0, 0, 0}, {10, 10, 0}, {9, 10, 0.1}, {0, 10, 1}} {
		var r Result
		if r.lost(test.came, test.expected); *r.Loss < test.want-1e-9 || *r.Loss > test.want+1e-9 {
			t.Errorf("%d of %d is a loss of %v", test.came, test.expected, *r.Loss)
		}
	}
}

func TestParseUsage(t *testing.T) {
	const (
		stat   = "4711 (a (b) c) S 1 4711 4711 0 -1 4194560 2000 0 0 0 150 50 7 8 20 0 9 0 12345 1000 2000"
		status = "Name:\ta\nVmHWM:\t    4096 kB\nVmRSS:\t    2048 kB\nThreads:\t9\n"
	)
	if u := parseUsage([]byte(stat), []byte(status)); u != (usage{known: true, cpu: 2, rss: 2, peak: 4}) {
		t.Errorf("%+v", u)
	}
	for _, broken := range []string{"", "4711", "4711 (a)", "4711 (a) S 1 2 3", strings.Replace(stat, "150", "x", 1), strings.Replace(stat, " 50 ", " x ", 1)} {
		if parseUsage([]byte(broken), nil).known {
			t.Errorf("%q is known", broken)
		}
	}
	if usageOf(0).known {
		t.Error("no process is known")
	}
}

// TestServerFigures are what happened in the time that was measured; memory per client is more than before there were any.
func TestServerFigures(t *testing.T) {
	before, from, to := usage{true, 1, 10, 10}, usage{true, 2, 18, 20}, usage{true, 4, 20, 30}
	got := before.until(from, to, 4_000_000, 1024, 2)
	if want := (Server{CPUPerMillion: 0.5, Cores: 1, RSS: 20, Peak: 30, KBPerClient: 10}); *got != want {
		t.Errorf("%+v, want %+v", *got, want)
	}
	if (usage{}).until(from, to, 1, 1, 1) != nil {
		t.Error("it knows what it has not seen")
	}
}

func TestResult(t *testing.T) {
	loss := 0.25
	r := Result{
		Mode: "request", Clients: 50, Window: 16, Size: 64, PerSecond: 1_234_567, Loss: &loss, Failed: 3,
		Latency: &Latency{P50: 800, P99: 9_999, P999: 20_500}, Server: &Server{CPUPerMillion: 1.5, Cores: 1, RSS: 20, Peak: 30},
	}
	for _, want := range []string{"request, 50 clients, window 16, 64 B", "1.23 M/s", "25.000 %, 3 requests refused", "p50 800 µs, p99 9999 µs, p99.9 20.5 ms", "1.50 s CPU per million"} {
		if !strings.Contains(r.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, &r)
		}
	}
	text, err := json.Marshal(&r)
	if err != nil || !strings.Contains(string(text), `"p99.9":20500`) || strings.Contains(string(text), "rate") {
		t.Errorf("%s %v", text, err)
	}
}
