package words

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/tinylib/msgp/msgp"
)

// deepest is how deep lists and maps may be in each other.
const deepest = 100

// unpack writes a part that is MessagePack as the JSON of the same value, and tells whether it is one. Bytes are in base64.
func (w *Writer) unpack(part []byte) bool {
	values := packed(part)
	if values.Skip() != nil {
		return false
	}
	if _, err := values.NextType(); !errors.Is(err, io.EOF) {
		return false // there is more than one value
	}
	before := w.Len()
	if _, err := packed(part).WriteToJSON(&w.Buffer); err != nil || !json.Valid(w.Bytes()[before:]) {
		w.Truncate(before) // a number that JSON does not have, say
		return false
	}
	return true
}

func packed(part []byte) *msgp.Reader {
	r := msgp.NewReader(bytes.NewReader(part))
	r.SetMaxRecursionDepth(deepest)
	r.SetMaxElements(uint32(len(part))) // nothing is made of what is only announced
	return r
}
