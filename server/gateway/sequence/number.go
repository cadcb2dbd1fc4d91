package sequence

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"

	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// Read reads a number out of a part. It is not ok if there is none as the format says.
func Read(f access.NumberFormat, part []byte) (n uint64, ok bool) {
	switch f.Kind {
	case access.U64BE, access.U64LE:
		if len(part) != 8 {
			return 0, false
		}
	case access.U32BE, access.U32LE:
		if len(part) != 4 {
			return 0, false
		}
	}
	switch f.Kind {
	case access.U64BE:
		return binary.BigEndian.Uint64(part), true
	case access.U64LE:
		return binary.LittleEndian.Uint64(part), true
	case access.U32BE:
		return uint64(binary.BigEndian.Uint32(part)), true
	case access.U32LE:
		return uint64(binary.LittleEndian.Uint32(part)), true
	case access.ASCIINumber:
		return digits(part)
	case access.JSONNumber:
		return member(part, f.Key)
	}
	return 0, false
}

// Append writes a number as Read reads it. A member of an object it writes as digits: nobody can be sent that alone.
func Append(dst []byte, f access.NumberFormat, n uint64) []byte {
	switch f.Kind {
	case access.U64BE:
		return binary.BigEndian.AppendUint64(dst, n)
	case access.U64LE:
		return binary.LittleEndian.AppendUint64(dst, n)
	case access.U32BE:
		return binary.BigEndian.AppendUint32(dst, uint32(n))
	case access.U32LE:
		return binary.LittleEndian.AppendUint32(dst, uint32(n))
	}
	return strconv.AppendUint(dst, n, 10)
}

// greatest is the number after which a count begins again with 0.
func greatest(f access.NumberFormat) uint64 {
	if f.Kind == access.U32BE || f.Kind == access.U32LE {
		return math.MaxUint32
	}
	return math.MaxUint64
}

// digits reads a decimal number, without a sign.
func digits(text []byte) (uint64, bool) {
	if len(text) == 0 || len(text) > 20 || text[0] == '+' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return 0, false
	}
	return n, true
}

// member reads a number that a JSON object has under a key; the first of them.
func member(text []byte, key string) (uint64, bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return 0, false
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return 0, false
		}
		if name == key {
			value, err := d.Token()
			number, isNumber := value.(json.Number)
			if err != nil || !isNumber {
				return 0, false
			}
			return digits([]byte(number))
		}
		if !skip(d) {
			return 0, false
		}
	}
	return 0, false
}

// skip reads past a value.
func skip(d *json.Decoder) bool {
	for depth := 0; ; {
		t, err := d.Token()
		if err != nil {
			return false
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return true
		}
	}
}
