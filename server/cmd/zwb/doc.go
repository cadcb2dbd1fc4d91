// Command zwb is the bridge as a program. Its commands are:
//
//   - zwb serve: the bridge, the page's client and the console on one port. It reads what it is told (package settings),
//     puts server.Bridge together with package policy (join.go), and serves that (serve.go, package web). With --demo it
//     starts backends to try (package demo).
//     What of the settings changes while it runs is in package live.
//   - zwb reload: has a running bridge read its file anew, over the admin listener (reload.go).
//   - zwb init, zwb check, zwb config: the file that zwb serve --config reads (check.go).
//   - zwb doctor: with --address it says what answers at an address (diagnosis.go). Without one it tests the bridge's own
//     ZeroMQ side (package selftest).
//   - zwb health asks a bridge whether it is ready, for containers (package health).
//   - zwb types asks a bridge what somebody may reach, and writes that for TypeScript (types.go, package typescript).
//   - zwb req, sub and the like open sockets, zwb record and replay too (package talk).
//   - zwb inspect says what is in a recording (package talk, and package recording for the format).
//   - zwb version.
//
// main sets up the signals and calls run, which tests call, too. At SIGTERM the bridge gives its clients time to leave
// (--drain). At Ctrl-C it does not wait for them. A second signal ends the process at once.
package main
