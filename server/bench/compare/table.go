package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/server/bench"
)

// row is what was measured for one case.
type row struct{ zwb, floor []*bench.Result }

func (r *row) add(plain bool, result *bench.Result) {
	if plain {
		r.floor = append(r.floor, result)
	} else {
		r.zwb = append(r.zwb, result)
	}
}

// complete tells whether everything was measured once at least.
func (c *comparison) complete() bool {
	return !slices.ContainsFunc(c.rows, func(r row) bool { return len(r.zwb) == 0 || len(r.floor) == 0 })
}

// print prints the table, as Markdown. What is compared is the server's CPU time, or the memory of an idle client.
func (c *comparison) print(w io.Writer) {
	fmt.Fprintln(w, "| case | zwb | floor | × floor | zwb: per s | MiB | loss | p50 | p99 | floor: per s | MiB | loss | p50 | p99 |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, r := range c.rows {
		if len(r.zwb) == 0 || len(r.floor) == 0 {
			continue
		}
		unit, cost := "s/M", cpu
		if r.zwb[0].Mode == "idle" {
			unit, cost = "KiB", memory
		}
		zwb, floor := median(r.zwb, cost), median(r.floor, cost)
		fmt.Fprintf(w, "| %s | %.2f %s | %.2f %s | **%.2f** |%s%s\n", r.zwb[0].Name(), zwb, unit, floor, unit, ratio(zwb, floor), cells(r.zwb), cells(r.floor))
	}
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// cells are what is not compared.
func cells(all []*bench.Result) string {
	rss := median(all, func(r *bench.Result) float64 { return server(r).RSS })
	if all[0].Mode == "idle" {
		connect := median(all, func(r *bench.Result) float64 { return server(r).ConnectMillis })
		return fmt.Sprintf(" %.2f ms/connect | %.0f | | | |", connect, rss)
	}
	perSecond := median(all, func(r *bench.Result) float64 { return r.PerSecond })
	loss := median(all, func(r *bench.Result) float64 { return *r.Loss * 100 })
	p50 := median(all, func(r *bench.Result) float64 { return float64(latency(r).P50) / 1e3 })
	p99 := median(all, func(r *bench.Result) float64 { return float64(latency(r).P99) / 1e3 })
	return fmt.Sprintf(" %.0f k | %.0f | %.2f %% | %.2f ms | %.2f ms |", perSecond/1e3, rss, loss, p50, p99)
}

func cpu(r *bench.Result) float64    { return server(r).CPUPerMillion }
func memory(r *bench.Result) float64 { return server(r).KBPerClient }

// server is what is known of the process: nothing, where that is not Linux.
func server(r *bench.Result) bench.Server {
	if r.Server == nil {
		return bench.Server{}
	}
	return *r.Server
}

func latency(r *bench.Result) bench.Latency {
	if r.Latency == nil {
		return bench.Latency{}
	}
	return *r.Latency
}

// median is that of what f says of each.
func median(all []*bench.Result, f func(*bench.Result) float64) float64 {
	values := make([]float64, len(all))
	for i, r := range all {
		values[i] = f(r)
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 0 {
		return (values[middle-1] + values[middle]) / 2
	}
	return values[middle]
}
