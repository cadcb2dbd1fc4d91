package core

import (
	"strconv"
	"unicode/utf8"
)

// The text of errors is put together by hand, because fmt would add more bytes to zmq.wasm than the protocol itself.

func itoa(n int) string { return strconv.Itoa(n) }

// lowerASCII converts A to Z and leaves everything else alone. strings.ToLower would turn a Kelvin sign into a k.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// quoteLimit is how many bytes of a foreign string are shown, so that a hostile one cannot fill logs and close reasons.
const quoteLimit = 80

// quote makes a foreign string safe to show: shortened, and quoted as in Go.
func quote(s string) string {
	if len(s) > quoteLimit {
		return strconv.Quote(clip(s, quoteLimit)) + "…"
	}
	return strconv.Quote(s)
}

// clip shortens s to at most n bytes without cutting a rune.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
