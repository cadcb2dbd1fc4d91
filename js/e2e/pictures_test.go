package e2e

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// startCamera is the address of a publisher of JPEGs, ten a second, each of them wider than the last.
func startCamera(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() { // ends with the listener
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go film(conn) // ends with the connection
		}
	}()
	return "tcp://" + l.Addr().String()
}

func film(conn net.Conn) {
	defer conn.Close()
	conn.Write(gatewaytest.Hello("PUB"))
	go io.Copy(io.Discard, conn) // ends with the connection
	for width := 10; ; width = min(width+10, 1000) {
		var picture bytes.Buffer
		if jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, width, 10)), nil) != nil {
			return
		}
		message := append(gatewaytest.Frame(1, []byte("door")), gatewaytest.Frame(0, picture.Bytes())...)
		if _, err := conn.Write(message); err != nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// widens is whether an img of a page shows one picture after the other.
const widens = `
	const img = document.createElement('img');
	img.crossOrigin = mode;
	img.src = url;
	document.body.append(img);
	const seen = new Set();
	while (seen.size < 5) {
		if (img.naturalWidth > 0) seen.add(img.naturalWidth);
		await new Promise((r) => setTimeout(r, 20));
	}
	img.src = '';
	const widths = [...seen];
	return widths.every((width, i) => width % 10 === 0 && (i === 0 || width > widths[i - 1])) ? 'widens' : widths.join();`

// TestPicturesInAnImg: an img shows a feed by itself, in a page of the bridge, with crossorigin in one of an origin that is listed, and
// with a ticket in a page of any other site.
func TestPicturesInAnImg(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	config := filepath.Join(folder, "zwb.yaml")
	text := fmt.Sprintf("users:\n  - tokens: {file: tokens.yaml}\n  - anonymous: {}\nendpoints:\n  camera: {type: SUB, address: %q}\n  inside: {type: SUB, address: %[1]q, allow: 'user == \"ann\"'}\n", startCamera(t))
	for name, text := range map[string]string{config: text, filepath.Join(folder, "tokens.yaml"): fmt.Sprintf("%x: {user: ann}\n", sha256.Sum256([]byte("token-of-ann")))} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := startBridge(t, "--config", config)
	p := openTab(t, b.url)
	if got := eval[string](p, `const mode = null, url = '/sub/camera?as=jpeg';`+widens); got != "widens" {
		t.Error("in a page of the bridge: ", got)
	}
	listed := openPage(t, b)
	if got := eval[string](listed, `const mode = 'anonymous', url = `+quoteJS(b.url+"/sub/camera?as=jpeg")+`;`+widens); got != "widens" {
		t.Error("in a page of an origin that is listed: ", got)
	}
	ticket := eval[string](p, `
		const resp = await fetch('/ticket/inside', {method: 'POST', headers: {Authorization: 'Bearer token-of-ann'}});
		return (await resp.json()).ticket`)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<!doctype html><title>another site</title><body>")
	}))
	t.Cleanup(other.Close)
	far := openTab(t, "http://localhost:"+portOf(t, other.URL)) // not even of the same site as an IP address
	if got := eval[string](far, `const mode = null, url = `+quoteJS(b.url+"/sub/inside?as=jpeg&ticket="+ticket)+`;`+widens); got != "widens" {
		t.Error("with a ticket, in a page of another site: ", got)
	}
	// Without one it does not, and neither does a feed that is for everybody.
	for _, path := range []string{"/sub/inside?as=jpeg", "/sub/camera?as=jpeg", "/sub/camera?as=jpeg&ticket=none"} {
		if got := eval[string](far, `
			const img = document.createElement('img');
			const over = new Promise((resolve) => { img.onerror = () => resolve('an error'); img.onload = () => resolve('a picture'); });
			img.src = `+quoteJS(b.url+path)+`;
			return over`); got != "an error" {
			t.Errorf("%s in a page of another site: %s", path, got)
		}
	}
}

func portOf(t *testing.T, url string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(url[len("http://"):])
	if err != nil {
		t.Fatal(err)
	}
	return port
}
