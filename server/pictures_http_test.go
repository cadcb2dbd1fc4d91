package server

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// viewer sees pictures as an img does.
type viewer struct {
	t     *testing.T
	resp  *http.Response
	parts *multipart.Reader
}

func view(t *testing.T, url string) *viewer {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	kind, parameters, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/x-mixed-replace" {
		t.Fatalf("%s %s %v", resp.Status, resp.Header, err)
	}
	return &viewer{t, resp, multipart.NewReader(resp.Body, parameters["boundary"])}
}

func (v *viewer) next() (header textproto.MIMEHeader, picture []byte) {
	v.t.Helper()
	part, err := v.parts.NextRawPart()
	if err != nil {
		v.t.Fatal(err)
	}
	if picture, err = io.ReadAll(part); err != nil {
		v.t.Fatal(err)
	}
	return part.Header, picture
}

// TestPictures: each message is a picture of the kind that was asked for, whatever its bytes are.
func TestPictures(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	b, url := startHTTP(t, names{"camera": {pub.address()}}.config())
	v := view(t, url+"/sub/camera?topic=door&as=jpeg")
	for _, want := range []string{"one", "", "two\r\n--", strings.Repeat("x", 1<<20)} {
		pub.write([]string{"door", want})
		header, picture := v.next()
		if string(picture) != want || header.Get("Content-Type") != "image/jpeg" {
			t.Errorf("%.20q %v", picture, header)
		}
	}
	v.resp.Body.Close()
	waitFor(t, "the session ends", func() bool { return b.Stats().Connections == 0 && b.Stats().MemoryHeld == 0 })
}

// TestSlowViewerSeesTheNewest: of each topic, and is told what there was in between.
func TestSlowViewerSeesTheNewest(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	b, url := startHTTP(t, names{"camera": {pub.address()}}.config())
	v := view(t, url+"/sub/camera?as=png")
	const total = 200
	large := strings.Repeat("x", 200<<10)
	for range total - 1 {
		pub.write([]string{"door", large})
	}
	pub.write([]string{"door", "last"})
	waitFor(t, "all have come", func() bool {
		s := b.Stats()
		return s.Conflated > 0 && s.Gateway.MessagesIn >= total
	})
	seen, missed := 0, 0
	for picture := []byte(nil); !bytes.Equal(picture, []byte("last")); seen++ {
		var header textproto.MIMEHeader
		header, picture = v.next()
		for _, text := range header["Zwb-Gap"] {
			var gap struct {
				Missed int
				Code   string
			}
			if err := json.Unmarshal([]byte(text), &gap); err != nil || gap.Code != "ok" {
				t.Errorf("%s: %v", text, err)
			}
			missed += gap.Missed
		}
	}
	if seen+missed != total || seen > total/2 {
		t.Errorf("%d were seen, %d missed, of %d", seen, missed, total)
	}
}

// TestPicturesByTheRule: where the rule of the endpoint has another policy, that one holds, unless a request insists.
func TestPicturesByTheRule(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	cfg := names{"camera": {pub.address()}}.config()
	cfg.Flow = func(Access) Flow { return Flow{Overflow: core.DropOldest, Allow: []core.Overflow{core.DropOldest}} }
	_, url := startHTTP(t, cfg)
	v := view(t, url+"/sub/camera?as=webp")
	pub.write([]string{"door", "one"})
	if _, picture := v.next(); string(picture) != "one" {
		t.Errorf("%q", picture)
	}
	if got := askHTTP(t, "GET", url+"/sub/camera?as=webp&overflow=conflate", ""); got.code() != "denied" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := askHTTP(t, "GET", url+"/sub/camera?as=svg", ""); got.code() != "invalid" {
		t.Errorf("%d %s", got.status, got.body)
	}
}
