// Package admin shows what a bridge does, to those who run it: metrics for Prometheus, whether it is alive and ready, profiles,
// JSON of sessions and endpoints, and a page of all that, on which sessions are disconnected and decisions explained.
//
// [New] makes an http.Handler, which belongs on a listener of its own, that not everybody reaches. What is behind which fence:
//
//   - /metrics, /livez and /readyz, and the files of the page, which know nothing of anybody, need no token. The listener is
//     their fence.
//   - /api/ and /debug/pprof/ need the token, in the header Authorization (Bearer) or X-Zwb-Token. There is no cookie, so that no
//     other page can make a browser send it, and no CORS, so that no other page can read anything.
//   - Everything needs a Host that is an IP address, localhost or one of Config.Hosts: another name may have been pointed here by
//     a stranger (DNS rebinding).
//
// It keeps nothing but what its configuration has, starts no goroutine, and all of it is asked of the bridge when it is wanted.
package admin
