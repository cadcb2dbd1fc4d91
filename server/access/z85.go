package access

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// z85 are the 85 digits of https://rfc.zeromq.org/spec/32/: five of them stand for four bytes.
const z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"

// encodedKeySize is the number of Z85 digits of a key.
const encodedKeySize = CurveKeySize / 4 * 5

// ParseCurveKey reads a key in Z85, the form in which ZeroMQ programs and certificates have it. Its errors do not repeat what
// it was given: it may be a secret.
func ParseCurveKey(text string) ([CurveKeySize]byte, error) {
	var key [CurveKeySize]byte
	if len(text) != encodedKeySize {
		return key, core.NewError(core.Invalid, fmt.Sprintf("a CURVE key has %d characters, not %d", encodedKeySize, len(text)))
	}
	b, err := decodeZ85(text)
	if err != nil {
		return key, err
	}
	return [CurveKeySize]byte(b), nil
}

// EncodeCurveKey writes a key in Z85.
func EncodeCurveKey(key [CurveKeySize]byte) string { return encodeZ85(key[:]) }

// encodeZ85 encodes bytes, a multiple of four.
func encodeZ85(b []byte) string {
	text := make([]byte, 0, len(b)/4*5)
	for ; len(b) >= 4; b = b[4:] {
		value := binary.BigEndian.Uint32(b)
		for divisor := uint32(85 * 85 * 85 * 85); divisor > 0; divisor /= 85 {
			text = append(text, z85[value/divisor%85])
		}
	}
	return string(text)
}

// decodeZ85 decodes digits, a multiple of five.
func decodeZ85(text string) ([]byte, error) {
	b := make([]byte, 0, len(text)/5*4)
	var value uint64
	for i := range len(text) {
		digit := strings.IndexByte(z85, text[i])
		if digit < 0 {
			return nil, core.NewError(core.Invalid, fmt.Sprintf("character %d of a CURVE key is none of Z85", i+1))
		}
		value = value*85 + uint64(digit)
		if i%5 < 4 {
			continue
		}
		if value > 1<<32-1 {
			return nil, core.NewError(core.Invalid, fmt.Sprintf("characters %d to %d of a CURVE key are no Z85", i-3, i+1))
		}
		b = binary.BigEndian.AppendUint32(b, uint32(value))
		value = 0
	}
	return b, nil
}
