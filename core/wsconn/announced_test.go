//go:build !js

package wsconn

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// frame is the header of a masked frame, its masking key, and as much of the payload as is sent.
func frame(first byte, announced uint64, payload ...byte) []byte {
	b := []byte{first}
	switch {
	case announced < 126:
		b = append(b, 128|byte(announced))
	case announced < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 128|126), uint16(announced))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 128|127), announced)
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

func TestAnnouncedLength(t *testing.T) {
	const limit = absurd * 20_000
	const last, text, binary, more, ping = 128, 1, 2, 0, 9
	whole := func(first byte, n int) []byte { return frame(first, uint64(n), make([]byte, n)...) }
	tests := []struct {
		name string
		sent []byte
		want core.CloseCode
	}{
		{"nothing", nil, 0},
		{"small", whole(last|binary, 5), 0},
		{"medium", whole(last|text, 200), 0},
		{"of four times the limit", whole(last|binary, limit), 0},
		{"above that", frame(last|binary, limit+1), core.CloseTooLarge},
		{"2^62", frame(last|binary, 1<<62), core.CloseTooLarge},
		{"negative", frame(last|binary, 1<<63), core.CloseTooLarge},
		{"fragments up to that", slices.Concat(whole(binary, limit-10), whole(more, 5), whole(last|more, 5)), 0},
		{"fragments above that", slices.Concat(whole(binary, limit-10), frame(last|more, 11)), core.CloseTooLarge},
		{"fragments above that that wrap around", slices.Concat(whole(binary, limit-10), frame(more, 1<<63-1)), core.CloseTooLarge},
		{"messages that are above that together", slices.Concat(whole(last|binary, limit), whole(last|binary, limit), whole(last|text, 1)), 0},
		{"a ping among fragments", slices.Concat(whole(binary, limit), whole(last|ping, 100), whole(last|more, 0)), 0},
		{"a few empty fragments", slices.Concat(whole(binary, 0), slices.Repeat(whole(more, 0), maxEmpty-1), whole(last|more, 1)), 0},
		{"empty fragments without end", slices.Concat(whole(binary, 0), slices.Repeat(whole(more, 0), maxEmpty)), core.CloseMalformed},
		{"many empty messages", slices.Repeat(whole(last|binary, 0), 10*maxEmpty), 0},
	}
	for _, test := range tests {
		for name, step := range map[string]int{"at once": max(1, len(test.sent)), "byte by byte": 1, "in sevens": 7} {
			t.Run(test.name+", "+name, func(t *testing.T) {
				f := frames{limit: limit / absurd}
				var err error
				for chunk := range slices.Chunk(test.sent, step) {
					if err = f.look(chunk); err != nil {
						break
					}
				}
				var closing *core.CloseError
				if errors.As(err, &closing) != (test.want != 0) || closing != nil && closing.Close != test.want {
					t.Errorf("got %v, want %d", err, test.want)
				}
			})
		}
	}
}
