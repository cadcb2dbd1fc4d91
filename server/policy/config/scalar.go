package config

import "time"

// Strings is one string or a list of them.
type Strings []string

// Duration is written as in 1m30s.
type Duration time.Duration

// Size is a number of bytes, written as in 64KiB.
type Size int

// Rate is a number per second, written as in 20/s.
type Rate float64

// ByteRate is a number of bytes per second, written as in 10MiB/s.
type ByteRate int
