package gateway

import (
	"bytes"
	"encoding/json"
	"slices"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// payload is a message that both ends of a connection can make, see testdata/sockets.py.
type payload struct {
	name    string
	parts   []part
	message func() core.Message // the same one every time
}

// part is a text, or size bytes that count down from first.
//
// No part begins with 0 or 1: libzmq's XPUB takes every such part for a subscription, wherever in a message it stands.
type part struct {
	text  string
	first byte
	size  int
}

// MarshalJSON implements json.Marshaler.
func (p part) MarshalJSON() ([]byte, error) {
	if p.size > 0 {
		return json.Marshal([]int{int(p.first), p.size})
	}
	return json.Marshal(p.text)
}

// payloads is messages of all shapes and sizes.
var payloads = []payload{
	newPayload("text", texts("grüß dich, 世界")),
	newPayload("every byte", []part{{first: 255, size: 256}}),
	newPayload("2 parts", texts("a", "b")),
	newPayload("1000 parts", thousand()),
	newPayload("an empty frame alone", texts("")),
	newPayload("an empty frame in front", texts("", "x")),
	newPayload("an empty frame in the middle", texts("x", "", "y")),
	newPayload("an empty frame at the end", texts("x", "")),
	newPayload("nothing but empty frames", texts("", "", "")),
	newPayload("255 bytes", []part{{first: 9, size: 255}}),
	newPayload("256 bytes", []part{{first: 9, size: 256}}),
	newPayload("255 and 256 bytes", []part{{first: 2, size: 255}, {first: 3, size: 256}, {first: 4, size: 255}}),
	newPayload("1 MiB", []part{{first: 77, size: MiB}}),
	newPayload("1 MiB between parts", []part{{text: "head"}, {first: 78, size: MiB}, {}, {text: "tail"}}),
}

// huge is more than Config.Limits allow by default.
var huge = newPayload("100 MiB", []part{{first: 7, size: 100 * MiB}})

func newPayload(name string, parts []part) payload {
	return payload{name, parts, sync.OnceValue(func() (m core.Message) {
		for _, part := range parts {
			m = append(m, part.bytes())
		}
		return m
	})}
}

// thousand is parts with short and long headers in turn, and some empty ones.
func thousand() []part {
	parts := make([]part, 1000)
	for i := range parts {
		parts[i] = part{first: byte(2 + i%254), size: i % 300}
	}
	return parts
}

func texts(words ...string) (parts []part) {
	for _, w := range words {
		parts = append(parts, part{text: w})
	}
	return parts
}

// recipes is payloads as the peer is told of them.
func recipes(all ...payload) map[string][]part {
	m := make(map[string][]part)
	for _, p := range all {
		m[p.name] = p.parts
	}
	return m
}

func (p part) bytes() []byte {
	if p.size == 0 {
		return []byte(p.text)
	}
	b := bytes.Repeat(everyByte, (p.size+254)/256+1)
	start := int(255 - p.first)
	return b[start : start+p.size]
}

// everyByte is all bytes, from 255 down.
var everyByte = func() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	slices.Reverse(b)
	return b
}()
