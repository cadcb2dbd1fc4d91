package gateway

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func bodyOf(topic string, size int) core.Body {
	return core.EncodeBody(core.Message{[]byte(topic), make([]byte, size)})
}

// kept is the offsets in a ring, and how it counts them.
func kept(t *testing.T, r *ring) (first, last uint64) {
	t.Helper()
	bytes := int64(0)
	for offset := r.first; offset < r.next; offset++ {
		bytes += r.at(offset).cost()
	}
	if bytes != r.bytes {
		t.Errorf("%d bytes counted, %d there", r.bytes, bytes)
	}
	if n := int((r.next-1)/blockSize-r.first/blockSize) + 1; r.len() > 0 && len(r.blocks) != n {
		t.Errorf("%d blocks for %d to %d, want %d", len(r.blocks), r.first, r.next, n)
	}
	return r.first, r.next - 1
}

func TestRingBounds(t *testing.T) {
	one := record{body: bodyOf("t", 100)}.cost()
	tests := []struct {
		name        string
		bounds      History
		puts        int
		every       time.Duration
		first, last uint64
	}{
		{"nothing yet", History{Messages: 10}, 0, 0, 1, 0},
		{"fewer than there is room for", History{Messages: 10}, 9, 0, 1, 9},
		{"as many", History{Messages: 10}, 10, 0, 1, 10},
		{"more", History{Messages: 10}, 11, 0, 2, 11},
		{"many laps", History{Messages: 10}, 10_000, 0, 9991, 10_000},
		{"more than a block", History{Messages: 300}, 1000, 0, 701, 1000},
		{"bytes", History{Bytes: int(5 * one)}, 100, 0, 96, 100},
		{"bytes, one too few", History{Bytes: int(5*one) - 1}, 100, 0, 97, 100},
		{"none fits", History{Bytes: int(one) - 1}, 100, 0, 101, 100},
		{"age", History{Age: 10 * time.Second}, 100, time.Second, 90, 100},
		{"age between two", History{Age: 9*time.Second + 1}, 100, time.Second, 91, 100},
		{"the narrowest counts", History{Messages: 50, Age: 20 * time.Second, Bytes: int(10 * one)}, 100, time.Second, 91, 100},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRing(test.bounds.WithDefaults())
			for i := range test.puts {
				if offset := r.put(bodyOf("t", 100), time.Duration(i)*test.every); offset != uint64(i+1) {
					t.Fatalf("message %d has the offset %d", i, offset)
				}
			}
			if first, last := kept(t, &r); first != test.first || last != test.last {
				t.Errorf("keeps %d to %d, want %d to %d", first, last, test.first, test.last)
			}
		})
	}
}

func TestRingForgetsByAgeAlone(t *testing.T) {
	r := newRing(History{Age: time.Minute}.WithDefaults())
	for i := range 1000 {
		r.put(bodyOf("t", 1), time.Duration(i)*time.Second)
	}
	r.trim(time.Hour)
	if first, last := kept(t, &r); first != 1001 || last != 1000 || r.bytes != 0 || len(r.blocks) > 1 {
		t.Errorf("keeps %d to %d, %d bytes, %d blocks", first, last, r.bytes, len(r.blocks))
	}
	if offset := r.put(bodyOf("t", 1), time.Hour); offset != 1001 {
		t.Errorf("goes on with %d", offset)
	}
}

func TestRingRemembersForgottenHoles(t *testing.T) {
	r := newRing(History{Messages: 10}.WithDefaults())
	for i := range 100 {
		body := bodyOf("t", 1)
		if i%30 == 29 {
			body = nil
		}
		r.put(body, 0)
	}
	if kept(t, &r); r.newestHole != 90 || r.forgotHole != 90 {
		t.Errorf("newest hole %d, forgotten %d", r.newestHole, r.forgotHole)
	}
	r.put(nil, 0)
	if r.newestHole != 101 || r.forgotHole != 90 {
		t.Errorf("newest hole %d, forgotten %d", r.newestHole, r.forgotHole)
	}
}

// TestRingMemory: History.Bytes is what it really costs.
func TestRingMemory(t *testing.T) {
	for _, size := range []int{0, 10, 100, 1025, 40_000} {
		t.Run(fmt.Sprint(size, " bytes"), func(t *testing.T) {
			const bound = 8 * mebibyte
			r := newRing(History{Bytes: bound})
			before := heap()
			for range 3 * bound / (size + recordOverhead) {
				r.put(bodyOf("topic", size), 0)
			}
			used := heap() - before
			if used > bound+bound/20 || used < bound/3 {
				t.Errorf("%d messages take %d bytes, the bound is %d", r.len(), used, bound)
			}
			runtime.KeepAlive(&r)
		})
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkRing(b *testing.B) {
	r := newRing(History{Messages: 10_000}.WithDefaults())
	body := bodyOf(strings.Repeat("t", 10), 100)
	b.ReportAllocs()
	for b.Loop() {
		r.put(body, 0)
	}
}
