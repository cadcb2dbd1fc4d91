package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Strings is one string or a list of them.
type Strings []string

// Duration is written as in 1m30s.
type Duration time.Duration

var errDuration = errors.New("a time is written as in 1m30s or 500ms")

// UnmarshalText is part of encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text)) // reads 0 without a unit, too
	if err != nil {
		return errDuration
	}
	*d = Duration(parsed)
	return nil
}

// MarshalText is part of encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return []byte(text), nil
}

// Size is a number of bytes, written as in 64KiB.
type Size int

var sizes = []struct {
	unit  string
	bytes int
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1}}

// maxSize is larger than any sensible size in bytes, and small enough that sums of sizes do not overflow.
const maxSize = 1 << 40

var errSize = errors.New("a size is written as in 64KiB, 16MiB or 1GiB")

// UnmarshalText is part of encoding.TextUnmarshaler.
func (s *Size) UnmarshalText(text []byte) error {
	for _, size := range sizes {
		number, isUnit := strings.CutSuffix(string(text), size.unit)
		if !isUnit {
			continue
		}
		if n, err := strconv.ParseUint(number, 10, 63); err == nil && n <= uint64(maxSize/size.bytes) {
			*s = Size(n) * Size(size.bytes)
			return nil
		}
	}
	return errSize
}

// MarshalText is part of encoding.TextMarshaler.
func (s Size) MarshalText() ([]byte, error) {
	for _, size := range []int{2, 1, 0} {
		if unit := sizes[size]; s != 0 && s%Size(unit.bytes) == 0 {
			return []byte(strconv.Itoa(int(s)/unit.bytes) + unit.unit), nil
		}
	}
	return []byte(strconv.Itoa(int(s)) + "B"), nil
}

// Rate is a number per second, written as in 20/s.
type Rate float64

const maxRate = 1e6

var errRate = errors.New("a rate is written as in 20/s or 0.5/s, up to 1000000/s")

// UnmarshalText is part of encoding.TextUnmarshaler.
func (r *Rate) UnmarshalText(text []byte) error {
	number, perSecond := strings.CutSuffix(string(text), "/s")
	rate, err := strconv.ParseFloat(number, 64)
	if err != nil || !perSecond || !(rate > 0 && rate <= maxRate) || 1/rate > math.MaxInt32 {
		return errRate
	}
	*r = Rate(rate)
	return nil
}

// MarshalText is part of encoding.TextMarshaler.
func (r Rate) MarshalText() ([]byte, error) {
	return []byte(strconv.FormatFloat(float64(r), 'f', -1, 64) + "/s"), nil
}

// ByteRate is a number of bytes per second, written as in 10MiB/s.
type ByteRate int

var errByteRate = errors.New("a rate of bytes is written as in 10MiB/s")

// UnmarshalText is part of encoding.TextUnmarshaler.
func (r *ByteRate) UnmarshalText(text []byte) error {
	size, perSecond := strings.CutSuffix(string(text), "/s")
	if !perSecond || (*Size)(r).UnmarshalText([]byte(size)) != nil || *r <= 0 {
		return errByteRate
	}
	return nil
}

// MarshalText is part of encoding.TextMarshaler.
func (r ByteRate) MarshalText() ([]byte, error) {
	text, err := Size(r).MarshalText()
	return append(text, "/s"...), err
}
