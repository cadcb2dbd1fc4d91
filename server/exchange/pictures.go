package exchange

import (
	"crypto/rand"
	"strconv"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/words"
)

// pictureKinds are the kinds of pictures by what a request calls them. There is none that runs a script.
var pictureKinds = map[string]string{"jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp", "avif": "image/avif"}

// pictures is a stream for an img: each message is a picture, its last part, that takes the place of the one before
// (multipart/x-mixed-replace). The end of a picture is written with it, so that it is shown at once. What else there is to tell is in
// headers of the next one.
type pictures struct {
	*words.Writer
	picture  string // the media type of each
	boundary string // that no picture has in it
}

func newPictures(as string) *pictures {
	return &pictures{words.NewWriter(), pictureKinds[as], rand.Text()}
}

func (f *pictures) kind() string { return "multipart/x-mixed-replace; boundary=" + f.boundary }

func (f *pictures) begin() { f.PutFirst("--" + f.boundary + "\r\n") }

func (f *pictures) message(m core.Message, _ core.Position) {
	last := m[len(m)-1]
	f.WriteString("Content-Type: " + f.picture + "\r\nContent-Length: " + strconv.Itoa(len(last)) + "\r\n\r\n")
	f.Write(last)
	f.WriteString("\r\n--" + f.boundary + "\r\n")
}

func (f *pictures) position(core.Position) {}

// happened is a header as in Zwb-Gap: {"missed":3,"code":"ok"}. JSON has no line break in it.
func (f *pictures) happened(what string, details any, _ core.Position) {
	f.WriteString("Zwb-" + what + ": ")
	f.Value(details)
	f.WriteString("\r\n")
}

func (f *pictures) beat() { f.WriteString("Zwb-Beat: 1\r\n") }
