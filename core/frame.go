package core

import (
	"encoding/binary"
	"math/bits"
)

// Frame is one frame of zwb.v1. The layout of its kind (kind.go) says which fields it has; the others are zero. There is
// one struct for all kinds, so that the path of a message needs no allocation and no type switch.
type Frame struct {
	Kind     Kind
	Type     SocketType
	Code     Code
	Version  uint64
	Flags    uint64
	Limit    uint64 // bytes of the largest WebSocket message the sender of the frame accepts
	Millis   uint64 // a duration in milliseconds
	Retain   uint64 // how long a cut session is kept, in milliseconds; 0: not at all
	Seq      uint64 // numbered frames received so far
	Offset   uint64 // place of a message in the history of an endpoint, from 1
	Socket   uint32
	ID       uint64 // number of a request, subscription or endpoint, chosen by the end that began it; of a Ping and its Pong
	Messages uint64
	Bytes    uint64
	Name     []byte // token, identity, prefix or epoch
	Text     []byte // UTF-8 for people; in Open, the address
	Params   []byte // JSON: credentials, the authorization parameters of an Open
	Body     Body
	Parts    Message // only for sending: a message as its parts, instead of Body
}

// Flags of a frame, by kind.
const (
	FlagResumed    = 1 << 0 // Welcome: the session goes on; nothing has to be opened again
	FlagBind       = 1 << 0 // Open: listen at the address instead of connecting to it
	FlagRecover    = 1 << 1 // Open: deliver nothing before Recover
	FlagIdempotent = 1 << 0 // Request: may be sent again
	FlagRecovered  = 1 << 0 // Position: what was missed follows
)

// Limits of single fields in bytes. Message bodies are limited by the connection.
const (
	MaxName    = 4096      // a token, identity, prefix or epoch
	MaxText    = 1024      // a reason or an address
	MaxAddress = 512       // an address that is a ZeroMQ endpoint; libzmq's own limit for tcp is 256
	MaxParams  = 64 * 1024 // credentials, authorization parameters
)

// MaxCredit is the most messages, and the most bytes, that a socket's window may hold.
const MaxCredit = 1<<31 - 1

// frameOverhead is the most bytes that a frame adds to the payload of its message: its header, its fields, and the lengths
// of MaxParts parts.
const frameOverhead = 64 + 5*MaxParts

var (
	errShortFrame = NewError(Protocol, "frame ends before its fields do")
	errNoFrame    = NewError(Protocol, "WebSocket message without a frame")
	errNoKind     = NewError(Protocol, "frame of length zero")
	errCutFrame   = NewError(Protocol, "WebSocket message ends inside a frame")
	errVarint     = NewError(Protocol, "malformed varint")
	errSocketZero = NewError(Protocol, "socket number out of range")
	errRange      = NewError(Protocol, "field out of range")
	errLongField  = NewError(TooLarge, "field longer than its limit")
)

// AppendFrame appends f in wire form. It allocates only to grow dst.
func AppendFrame(dst []byte, f *Frame) []byte {
	size := 1 + f.fieldsSize()
	dst = binary.AppendUvarint(dst, uint64(size))
	dst = append(dst, byte(f.Kind))
	for _, fd := range f.written() {
		switch fd {
		case fBody:
			if len(f.Parts) > 0 {
				dst = AppendBody(dst, f.Parts)
			}
			dst = append(dst, f.Body...)
		case fName, fText, fParams:
			b := *f.bytes(fd)
			dst = binary.AppendUvarint(dst, uint64(len(b)))
			dst = append(dst, b...)
		default:
			dst = binary.AppendUvarint(dst, f.number(fd))
		}
	}
	return dst
}

// fieldsSize is the number of bytes AppendFrame writes after the kind.
func (f *Frame) fieldsSize() int {
	n := 0
	for _, fd := range f.written() {
		switch fd {
		case fBody:
			n += len(f.Body) + bodySize(f.Parts)
		case fName, fText, fParams:
			size := len(*f.bytes(fd))
			n += uvarintSize(uint64(size)) + size
		default:
			n += uvarintSize(f.number(fd))
		}
	}
	return n
}

// written are the fields that are written: all but the optional ones at the end that are 0 or empty.
func (f *Frame) written() []field {
	fields := layouts[f.Kind].fields
	for n := optionalFields[f.Kind]; n > 0 && f.blank(fields[len(fields)-1]); n-- {
		fields = fields[:len(fields)-1]
	}
	return fields
}

// blank tells whether an optional field has nothing in it.
func (f *Frame) blank(fd field) bool {
	if fd == fText {
		return len(f.Text) == 0
	}
	return f.number(fd) == 0
}

func uvarintSize(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

// SplitFrame cuts the first frame off a WebSocket message. It returns the kind, the fields as they are encoded, and the
// rest of the message. fields and rest alias b.
func SplitFrame(b []byte) (kind Kind, fields, rest []byte, err error) {
	size, n := binary.Uvarint(b)
	switch {
	case n <= 0:
		return 0, nil, nil, errVarint
	case size == 0:
		return 0, nil, nil, errNoKind
	case size > uint64(len(b)-n):
		return 0, nil, nil, errCutFrame
	}
	frame := b[n : n+int(size)]
	return Kind(frame[0]), frame[1:], b[n+int(size):], nil
}

// ParseFields reads the fields of a frame of a known kind into f, which is overwritten. Name, Text, Params and Body alias
// b. Bytes after the last field are ignored, because a newer version may have added fields there.
func (f *Frame) ParseFields(kind Kind, b []byte) error {
	*f = Frame{Kind: kind}
	fields := layouts[kind].fields
	for i, fd := range fields {
		if len(b) == 0 && i >= len(fields)-optionalFields[kind] {
			return nil
		}
		if fd == fBody {
			f.Body = Body(b)
			return nil
		}
		v, n := binary.Uvarint(b)
		if n == 0 {
			return errShortFrame
		}
		if n < 0 {
			return errVarint
		}
		b = b[n:]
		switch fd {
		case fName, fText, fParams:
			if v > uint64(len(b)) {
				return errShortFrame
			}
			if v > fieldLimit(fd) {
				return errLongField
			}
			*f.bytes(fd), b = b[:v:v], b[v:]
		default:
			if err := f.setNumber(fd, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// ParseFrame reads the first frame of b. For an unknown kind only f.Kind is set.
func ParseFrame(b []byte, f *Frame) (rest []byte, err error) {
	kind, fields, rest, err := SplitFrame(b)
	if err != nil {
		return nil, err
	}
	if !kind.Known() {
		*f = Frame{Kind: kind}
		return rest, nil
	}
	return rest, f.ParseFields(kind, fields)
}

func fieldLimit(fd field) uint64 {
	switch fd {
	case fName:
		return MaxName
	case fText:
		return MaxText
	}
	return MaxParams
}

func (f *Frame) bytes(fd field) *[]byte {
	switch fd {
	case fName:
		return &f.Name
	case fText:
		return &f.Text
	}
	return &f.Params
}

func (f *Frame) number(fd field) uint64 {
	switch fd {
	case fVersion:
		return f.Version
	case fFlags:
		return f.Flags
	case fLimit:
		return f.Limit
	case fMillis:
		return f.Millis
	case fRetain:
		return f.Retain
	case fSeq:
		return f.Seq
	case fOffset:
		return f.Offset
	case fSocket:
		return uint64(f.Socket)
	case fID:
		return f.ID
	case fType:
		return uint64(f.Type)
	case fCode:
		return uint64(f.Code)
	case fMessages:
		return f.Messages
	}
	return f.Bytes
}

func (f *Frame) setNumber(fd field, v uint64) error {
	switch fd {
	case fVersion:
		f.Version = v
	case fFlags:
		f.Flags = v
	case fLimit:
		f.Limit = v
	case fMillis:
		f.Millis = v
	case fRetain:
		f.Retain = v
	case fSeq:
		f.Seq = v
	case fOffset:
		f.Offset = v
	case fSocket:
		if v == 0 || v > 1<<32-1 {
			return errSocketZero
		}
		f.Socket = uint32(v)
	case fID:
		f.ID = v
	case fType, fCode:
		if v > 255 {
			return errRange
		}
		if fd == fType {
			f.Type = SocketType(v)
		} else {
			f.Code = Code(v)
		}
	case fMessages:
		f.Messages = v
	case fBytes:
		f.Bytes = v
	}
	return nil
}

// ClipText makes a string fit a text field (MaxText bytes) without cutting a rune.
func ClipText(s string) []byte { return []byte(clip(s, MaxText)) }
