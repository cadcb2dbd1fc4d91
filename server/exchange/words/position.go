package words

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// AppendPosition writes "offset@epoch", as every client of this project does. It has no line break in it, whatever the epoch is.
func AppendPosition(b []byte, p core.Position) []byte {
	b = strconv.AppendUint(b, p.Offset, 10)
	b = append(b, '@')
	return append(b, url.QueryEscape(p.Epoch)...)
}

// ParsePosition reads what AppendPosition has written; "" is no position.
func ParsePosition(text string) (core.Position, error) {
	if text == "" {
		return core.Position{}, nil
	}
	number, name, ok := strings.Cut(text, "@")
	offset, err := strconv.ParseUint(number, 10, 64)
	epoch, escaped := url.QueryUnescape(name)
	if !ok || err != nil || escaped != nil || epoch == "" || len(epoch) > core.MaxName {
		return core.Position{}, core.NewError(core.Invalid, "a position, in since or Last-Event-ID, reads 17@NAME")
	}
	return core.Position{Epoch: epoch, Offset: offset}, nil
}
