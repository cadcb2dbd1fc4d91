package moved

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// version is that of the format. A bridge reads its own version and no other: a session that an older or newer bridge has left is lost, and the
// page is told.
const version = 1

// written is a session as it is written.
type written struct {
	Version int      `json:"version"`
	Session *Session `json:"session"`
}

// Write writes a session.
func Write(s *Session) ([]byte, error) {
	b, err := json.Marshal(written{version, s})
	if err != nil {
		return nil, core.NewError(core.Internal, err.Error())
	}
	return b, nil
}

// Read reads what Write has written. It takes nothing that cannot be a session; the error is core.Invalid.
func Read(b []byte) (*Session, error) {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, core.NewError(core.Invalid, "not a session: "+err.Error())
	}
	if head.Version != version {
		return nil, core.NewError(core.Invalid, "a session in format "+strconv.Itoa(head.Version)+", this bridge reads "+strconv.Itoa(version))
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var w written
	if err := d.Decode(&w); err != nil {
		return nil, core.NewError(core.Invalid, "not a session: "+err.Error())
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, core.NewError(core.Invalid, "something follows the session")
	}
	if w.Session == nil {
		return nil, core.NewError(core.Invalid, "no session in it")
	}
	if err := w.Session.check(); err != nil {
		return nil, err
	}
	return w.Session, nil
}
