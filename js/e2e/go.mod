module github.com/zmqwebbridge/zmqwebbridge/js/e2e

go 1.26.0

require (
	github.com/chromedp/cdproto v0.159.0
	github.com/chromedp/chromedp v0.23.0
	github.com/zmqwebbridge/zmqwebbridge v0.0.0
)

replace github.com/zmqwebbridge/zmqwebbridge => ../..

require (
	github.com/coder/websocket v1.8.15 // indirect
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	github.com/hack-pad/safejs v0.1.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
)
