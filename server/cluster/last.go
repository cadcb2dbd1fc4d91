package cluster

import (
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// lastQuestion asks for last values: 16 bytes of the ID of who asks, then the endpoint, with its length before it as an uvarint, then the prefix.
type lastQuestion struct{ bridge, endpoint, prefix string }

// lastAnswer has them: 16 bytes of the ID of who answers, then messages in wire form, each with its length before it as an uvarint.
type lastAnswer struct {
	bridge string
	values []core.Body
}

// What a question has at most, in bytes.
const (
	mostEndpoint = 512
	mostPrefix   = 64 << 10
)

var errNoLast = core.NewError(core.Invalid, "no bridge has asked this, or answered so")

func (q lastQuestion) append(to []byte) []byte {
	id, _ := hex.DecodeString(q.bridge)
	to = binary.AppendUvarint(append(to, id...), uint64(len(q.endpoint)))
	return append(append(to, q.endpoint...), q.prefix...)
}

// readLastQuestion reads what somebody has sent who reaches NATS.
func readLastQuestion(text []byte) (q lastQuestion, err error) {
	if len(text) < 16 {
		return q, errNoLast
	}
	q.bridge = hex.EncodeToString(text[:16])
	endpoint, rest, ok := sized(text[16:], mostEndpoint)
	if !ok || len(rest) > mostPrefix {
		return lastQuestion{}, errNoLast
	}
	q.endpoint, q.prefix = string(endpoint), string(rest)
	return q, nil
}

func (a lastAnswer) append(to []byte) []byte {
	id, _ := hex.DecodeString(a.bridge)
	to = append(to, id...)
	for _, body := range a.values {
		if len(to)+len(body)+binary.MaxVarintLen64 > mostLast {
			break
		}
		to = append(binary.AppendUvarint(to, uint64(len(body))), body...)
	}
	return to
}

// readLastAnswer is readLastQuestion for an answer, in which every message is whole and begins with the prefix.
func readLastAnswer(text []byte, prefix string) (a lastAnswer, err error) {
	if len(text) < 16 || len(text) > mostLast {
		return a, errNoLast
	}
	a.bridge = hex.EncodeToString(text[:16])
	var parts core.Message
	for rest := text[16:]; len(rest) > 0; {
		body, behind, ok := sized(rest, mostLast)
		if !ok || len(a.values) >= mostLastCount {
			return lastAnswer{}, errNoLast
		}
		if parts, err = core.Body(body).Parts(parts[:0]); err != nil || len(parts) == 0 || !strings.HasPrefix(string(parts[0]), prefix) {
			return lastAnswer{}, errNoLast
		}
		a.values, rest = append(a.values, core.Body(append([]byte(nil), body...))), behind // of its own, as one may be kept for longer than the others
	}
	return a, nil
}

// sized takes off what has its length before it.
func sized(text []byte, most int) (taken, rest []byte, ok bool) {
	size, n := binary.Uvarint(text)
	if n <= 0 || size > uint64(most) || size > uint64(len(text)-n) {
		return nil, nil, false
	}
	return text[n : n+int(size)], text[n+int(size):], true
}
