package main

import (
	"fmt"
	"io"
	"time"
)

// result is what an attack has done.
type result struct {
	attack         attack
	perSecond      float64
	idle, attacked []time.Duration // of the innocent client's answers
	refused        int             // of its requests
	peak           float64         // MiB of resident memory; 0: not known
}

// What may become of it.
const (
	mostSlower = 50 * time.Millisecond
	mostMemory = budget * 1.3
)

func (r *result) holds() bool {
	return p99(r.attacked) <= p99(r.idle)+mostSlower && r.peak <= mostMemory
}

func p99(sorted []time.Duration) time.Duration { return sorted[(len(sorted)-1)*99/100] }

func printHead(w io.Writer) {
	fmt.Fprintf(w, "Budget %d MiB, resident at most %.0f. Answers to an innocent client, in ms; attacks in a second.\n\n", budget, mostMemory)
	fmt.Fprintf(w, "| attack | a second | | p99 idle | p99 | worst | refused | resident, MiB | |\n|---|--:|---|--:|--:|--:|--:|--:|---|\n")
}

func (r *result) print(w io.Writer) {
	verdict := "holds"
	if !r.holds() {
		verdict = "BROKEN"
	}
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	fmt.Fprintf(w, "| %s | %.0f | %s | %.1f | %.1f | %.1f | %d | %.0f | %s |\n", r.attack.name, r.perSecond, r.attack.unit, ms(p99(r.idle)), ms(p99(r.attacked)),
		ms(r.attacked[len(r.attacked)-1]), r.refused, r.peak, verdict)
}
