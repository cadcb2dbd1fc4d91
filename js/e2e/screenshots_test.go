//go:build long

package e2e

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// screenshots is where the pictures of the console are left, for people to look at.
const screenshots = "../../bin/screenshots"

// TestConsoleScreenshots takes pictures of the console at work, at three widths and in light and dark colours. At none of them the
// page is wider than the screen.
func TestConsoleScreenshots(t *testing.T) {
	if err := os.MkdirAll(screenshots, 0o755); err != nil {
		t.Fatal(err)
	}
	scenes := []struct {
		name          string
		width, height int64
		view          string
	}{
		{"phone", 390, 844, "topics"}, {"laptop", 1280, 900, "topics"}, {"wide", 1920, 1080, "topics"},
		{"phone-sockets", 390, 844, "sockets"}, {"laptop-messages", 1280, 900, "messages"}, {"laptop-latency", 1280, 900, "latency"},
	}
	p := openConsole(t)
	eval[any](p, inConsole+`await openAt('SUB', 1); const c = await openAt('REQ', 0);
		await fill('part', 'hello', c);
		all('pace', c)[0].value = 'every 100 ms'; await click('send', c);
		await click('tab-topics');
		(await until(() => all('topic').find((e) => e.dataset.topic === 'fx.EURUSD'))).click();
		await new Promise((r) => setTimeout(r, 2500));`)
	for _, colours := range []string{"light", "dark"} {
		prefer(p, colours)
		for _, scene := range scenes {
			if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(scene.width, scene.height)); err != nil {
				t.Fatal(err)
			}
			wide := eval[int](p, inConsole+`await click('tab-`+scene.view+`'); await new Promise((r) => setTimeout(r, 400));
				return document.documentElement.scrollWidth;`)
			if wide > int(scene.width) {
				t.Errorf("%s: the page is %d px wide", scene.name, wide)
			}
			picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
			if err != nil {
				t.Fatal(err)
			}
			if got, err := png.DecodeConfig(bytes.NewReader(picture)); err != nil || got.Width != int(scene.width) {
				t.Errorf("%s: %d pixels, %v", scene.name, got.Width, err)
			}
			file := filepath.Join(screenshots, "console-"+scene.name+"-"+colours+".png")
			if err := os.WriteFile(file, picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.nothingThrown()
}
