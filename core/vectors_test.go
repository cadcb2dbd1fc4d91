package core_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/vectors"
)

func TestVectors(t *testing.T) {
	v := vectors.Load(t)
	covered := map[core.Kind]bool{}
	for _, tt := range v.Frames {
		t.Run(tt.Name, func(t *testing.T) {
			want := tt.Frame.Of(t)
			if !tt.DecodeOnly {
				covered[want.Kind] = true
				if wire := core.AppendFrame(nil, &want); !bytes.Equal(wire, tt.Hex) {
					t.Errorf("encoded\n     %x\nwant %x", wire, tt.Hex)
				}
			}
			var got core.Frame
			rest, err := core.ParseFrame(tt.Hex, &got)
			if err != nil || len(rest) > 0 {
				t.Fatalf("parsed with %d bytes left: %v", len(rest), err)
			}
			checkSameFrame(t, got, want)
		})
	}
	for kind := range core.Kind(255) {
		if kind.Known() && !covered[kind] {
			t.Errorf("no vector for %v", kind)
		}
	}
}

func checkSameFrame(t *testing.T, got, want core.Frame) {
	t.Helper()
	if want.Parts != nil {
		parts, err := got.Body.Parts(nil)
		if err != nil || !slices.EqualFunc(parts, want.Parts, bytes.Equal) {
			t.Errorf("parts %q, %v; want %q", parts, err, want.Parts)
		}
	}
	for _, b := range [][2][]byte{{got.Name, want.Name}, {got.Text, want.Text}, {got.Params, want.Params}} {
		if !bytes.Equal(b[0], b[1]) {
			t.Errorf("field %q, want %q", b[0], b[1])
		}
	}
	type numbers struct {
		kind                                                                    core.Kind
		typ                                                                     core.SocketType
		code                                                                    core.Code
		socket                                                                  uint32
		version, flags, limit, millis, retain, seq, offset, id, messages, bytes uint64
	}
	of := func(f core.Frame) numbers {
		return numbers{f.Kind, f.Type, f.Code, f.Socket, f.Version, f.Flags, f.Limit, f.Millis, f.Retain, f.Seq, f.Offset, f.ID, f.Messages, f.Bytes}
	}
	if of(got) != of(want) {
		t.Errorf("numbers %+v, want %+v", of(got), of(want))
	}
}
