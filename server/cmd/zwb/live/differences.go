package live

import (
	"crypto/sha256"
	"io"
	"maps"
	"os"
	"reflect"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// section is a part of the settings that may differ from what it was.
type section struct {
	name    string
	of      func(*settings.Settings) any
	restart bool // a bridge is given it when it starts
}

// sections are all of them, in the order of the file, but for the endpoints, which have names of their own.
var sections = []section{
	{"listen", func(s *settings.Settings) any { return s.Listen }, true},
	{"tls", func(s *settings.Settings) any { return s.TLS }, false}, // but see needRestart
	{"prefix", func(s *settings.Settings) any { return s.Prefix }, false},
	{"origins", func(s *settings.Settings) any { return s.Origins }, false},
	{"hosts", func(s *settings.Settings) any { return s.Hosts }, false},
	{"proxies", func(s *settings.Settings) any { return s.File.Proxies }, false},
	{"zmq", func(s *settings.Settings) any {
		z := s.ZMQ
		z.Security = ""
		return z
	}, false},
	{"zmq.security", func(s *settings.Settings) any { return s.ZMQ.Security }, false},
	{"networks", func(s *settings.Settings) any { return s.File.Networks }, false},
	{"admin", func(s *settings.Settings) any { return s.Admin }, true},
	{"cluster", func(s *settings.Settings) any { return s.Cluster }, true},
	{"history_dir", func(s *settings.Settings) any { return s.Keep }, true},
	{"users", func(s *settings.Settings) any { return s.Users }, false},
	{"addresses", func(s *settings.Settings) any { return s.File.Rules }, false},
	{"limits", func(s *settings.Settings) any { return s.Limits }, false},
	{"log.format", func(s *settings.Settings) any { return s.Log.Format }, false},
	{"log.level", func(s *settings.Settings) any { return s.Log.Level }, false},
	{"audit", func(s *settings.Settings) any { return s.Audit }, false},
	{"watch", func(s *settings.Settings) any { return s.Watch }, false},
}

// needRestart are the settings that differ from those that the bridge was given when it started, and that it is given only
// then.
func (l *Live) needRestart(now *settings.Settings, digests map[string]digest) []string {
	names := differ(l.started, now, func(s section) bool { return s.restart })
	if (l.started.Pair == nil) != (now.Pair == nil) { // to begin with TLS, or to end it, is to listen for something else
		names = append(names, "tls")
	}
	if a := now.Admin; a != nil && a.TokenFile != "" && l.first[a.TokenFile] != digests[a.TokenFile] && !slices.Contains(names, "admin") {
		names = append(names, "admin.token_file")
	}
	return names
}

// changed are all settings that differ.
func changed(before, after *settings.Settings) []string {
	names := differ(before, after, func(section) bool { return true })
	for _, name := range slices.Sorted(maps.Keys(union(before.Names, after.Names))) {
		was, there := before.Names[name]
		is, stays := after.Names[name]
		if there != stays || !reflect.DeepEqual(was, is) {
			names = append(names, "endpoints."+name)
		}
	}
	return names
}

func differ(before, after *settings.Settings, wanted func(section) bool) []string {
	names := []string{}
	for _, s := range sections {
		if wanted(s) && !reflect.DeepEqual(s.of(before), s.of(after)) {
			names = append(names, s.name)
		}
	}
	return names
}

func union(a, b config.Endpoints) config.Endpoints {
	all := maps.Clone(a)
	if all == nil {
		all = config.Endpoints{}
	}
	maps.Copy(all, b)
	return all
}

// digest is what the contents of a file are recognised by.
type digest [sha256.Size]byte

// mostRead is how much of a file counts. None that the bridge reads is longer.
const mostRead = 16 << 20

// digestsOf are those of the files that the settings name and that can be read.
func digestsOf(s *settings.Settings) map[string]digest {
	digests := map[string]digest{}
	for _, name := range s.Named() {
		if d, err := digestOf(name); err == nil {
			digests[name] = d
		}
	}
	return digests
}

func digestOf(name string) (d digest, err error) {
	f, err := os.Open(name)
	if err != nil {
		return d, err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, io.LimitReader(f, mostRead)); err != nil {
		return d, err
	}
	return digest(hash.Sum(nil)), nil
}

// differing are the files of now that are others than before.
func differing(before, now map[string]digest) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if before[name] != now[name] {
			names = append(names, name)
		}
	}
	return names
}
