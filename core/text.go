package core

import (
	"strconv"
	"unicode/utf8"
)

// The text of errors is built by hand: fmt would cost the page more bytes than the protocol does.

func itoa(n int) string { return strconv.Itoa(n) }

// lowerASCII leaves everything but A to Z alone; strings.ToLower would make a k of a Kelvin sign.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// quoteLimit keeps a hostile string from filling logs and close reasons.
const quoteLimit = 80

// quote makes a foreign string safe to show: Go syntax, shortened.
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
