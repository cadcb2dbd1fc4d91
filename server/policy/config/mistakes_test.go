package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMistakes: each is told with its place, and nothing else is.
func TestMistakes(t *testing.T) {
	for name, test := range map[string]struct{ file, want string }{
		"misspelled key": {"endpoints:\n  prices:\n    type: SUB\n    adress: tcp://a:1\n    address: tcp://a:1\n",
			`zwb.yaml:4:5: unknown key "adress"; did you mean "address"?`},
		"dash for underscore":    {"zmq:\n  last-values: 5\n", `zwb.yaml:2:3: unknown key "last-values"; did you mean "last_values"?`},
		"key of another section": {"retain: 5s\n", `zwb.yaml:1:1: unknown key "retain"; did you mean zmq.retain?`},
		"key of the file":        {"limits:\n  origins: [a]\n", `zwb.yaml:2:3: unknown key "origins"; did you mean origins, which stands at the beginning of a line?`},
		"key of nothing":         {"log: {colour: red}\n", `zwb.yaml:1:7: unknown key "colour"; there are format, level`},
		"anonymous is alone":     {"users: [anonymous: {name: x}]", `zwb.yaml:1:21: unknown key "name"; there are none here`},
		"key twice":              {"log:\n  level: info\n  level: warn\n", `zwb.yaml:3:3: "level" is said twice; it stands in line 2, too`},
		"endpoint twice":         {"endpoints:\n  a: &a {type: SUB, address: tcp://a:1}\n  a: *a\n", `zwb.yaml:3:3: "a" is said twice; it stands in line 2, too`},
		"several at once": {"log: {level: loud}\nlimits:\n  memory: much\nprefixx: /\n", `zwb.yaml:1:14: unknown level "loud"; it is one of debug, info, warn, error
zwb.yaml:3:11: memory: a size is written as in 64KiB, 16MiB or 1GiB
zwb.yaml:4:1: unknown key "prefixx"; did you mean "prefix"?`},

		"text for a list":               {"users: jwt\n", "zwb.yaml:1:8: users is a list: begin each entry with -"},
		"text for a mapping":            {"tls: cert.pem\n", "zwb.yaml:1:6: tls is a mapping with keys such as cert, key"},
		"list for a mapping":            {"- listen\n", "zwb.yaml:1:1: a file is a mapping with keys such as listen, tls, prefix"},
		"list for names":                {"endpoints: [prices]\n", "zwb.yaml:1:12: endpoints is a mapping from names to what is behind them"},
		"mapping for a text":            {"prefix: {a: b}\n", "zwb.yaml:1:9: prefix is a text, not a mapping"},
		"list for a text":               {"prefix: [a]\n", "zwb.yaml:1:9: prefix is a text, not a list"},
		"mapping for texts":             {"hosts: {a: b}\n", "zwb.yaml:1:8: hosts is a text or a list of texts, not a mapping"},
		"list in a list of texts":       {"hosts: [[a]]\n", "zwb.yaml:1:9: an entry of hosts is a text, not a list"},
		"mapping for a size":            {"limits: {memory: {}}\n", "zwb.yaml:1:18: memory is one value, not a mapping"},
		"number for a text":             {"hosts: [127]\n", "zwb.yaml:1:9: an entry of hosts is a text, and YAML reads this as a number: write it in quotes"},
		"durable without a cluster":     {"endpoints: {a: {type: SUB, address: tcp://a:1, history: {age: 1h, durable: true}}}\n", "zwb.yaml:1:76: a durable history is kept in a cluster or in a folder: say with cluster or history_dir where that is"},
		"durable by messages":           {"cluster: {nats: 'nats://a:1', name: b}\nendpoints: {a: {type: SUB, address: tcp://a:1, history: {age: 1h, messages: 10, durable: true}}}\n", "zwb.yaml:2:77: a durable history is bounded by age and size, and not by messages"},
		"durable by prefixes":           {"cluster: {nats: 'nats://a:1', name: b}\nendpoints: {a: {type: SUB, address: tcp://a:1, history: {age: 1h, prefixes: [x], durable: true}}}\n", "zwb.yaml:2:77: a durable history has all topics: leave prefixes out"},
		"durable without a name":        {"cluster: {nats: 'nats://a:1', name: b}\naddresses: [{types: SUB, address: tcp://a:1, history: {age: 1h, durable: true}}]\n", "zwb.yaml:2:74: a durable history is that of an endpoint with a name: write the address under endpoints"},
		"two places for histories":      {"cluster: {nats: 'nats://a:1', name: b}\nhistory_dir: c\n", "zwb.yaml:2:14: the cluster keeps durable histories: leave history_dir out, or cluster"},
		"a cluster without servers":     {"cluster: {name: a}\n", "zwb.yaml:1:10: cluster needs nats: the URLs of NATS servers, as in nats://10.0.1.1:4222"},
		"a cluster without a name":      {"cluster: {nats: 'nats://a:1'}\n", "zwb.yaml:1:10: cluster needs name: bridges that name the same one belong together"},
		"a NATS server of HTTP":         {"cluster: {nats: ['nats://a:1', 'nats://b:1,http://u:p@c'], name: a}\n", "zwb.yaml:1:32: a NATS server is written as nats://10.0.1.1:4222 or tls://nats.example.org"},
		"a cluster's name with a dot":   {"cluster: {nats: 'nats://a:1', name: a.b}\n", `zwb.yaml:1:37: the name of a cluster is a letter, and up to 31 letters, digits, - or _, not "a.b"`},
		"two ways to say who one is":    {"cluster: {nats: 'nats://a:1', name: a, nkey: b, credentials: c}\n", "zwb.yaml:1:46: credentials and nkey are two ways to say who the bridge is: leave one of them out"},
		"a lease that is too short":     {"cluster: {nats: 'nats://a:1', name: a, lease: 1s}\n", "zwb.yaml:1:47: lease must be at least 2s"},
		"a certificate without its key": {"cluster: {nats: 'nats://a:1', name: a, tls: {cert: b}}\n", "zwb.yaml:1:45: cert and key go together"},
		"true for a text":               {"audit: true\n", "zwb.yaml:1:8: audit is a text, and YAML reads this as true or false: write it in quotes"},
		"date for a text":               {"prefix: 2026-01-01\n", "zwb.yaml:1:9: prefix is a text, and YAML reads this as a date: write it in quotes"},
		"text for a number":             {"zmq: {hwm: many}\n", `zwb.yaml:1:12: hwm is a whole number, not "many"`},
		"fraction for a number":         {"zmq: {hwm: 1.5}\n", `zwb.yaml:1:12: hwm is a whole number, not "1.5"`},
		"yes for true":                  {"zmq: {legacy: yes}\n", `zwb.yaml:1:15: legacy is true or false, not "yes"`},
		"nothing":                       {"topics:\nlimits:\n", "zwb.yaml:1:1: unknown key \"topics\"; there are listen, tls, prefix, origins, hosts, proxies, zmq, networks, admin, cluster, history_dir, users, endpoints, addresses, limits, log, audit, watch\nzwb.yaml:2:8: limits has no value: give it one, or leave it out"},
		"users of nobody":               {"users:\n", "zwb.yaml:1:7: users has no value: give it one, or leave it out"},
		"empty list":                    {"users: []\n", "zwb.yaml:1:8: users is an empty list: give it an entry, or leave it out"},
		"empty topics":                  {"endpoints: {a: {type: SUB, address: tcp://a:1, topics: []}}\n", "zwb.yaml:1:56: topics is an empty list: give it an entry, or leave it out"},
		"empty condition":               {"endpoints: {a: {type: SUB, address: tcp://a:1, allow: ''}}\n", "zwb.yaml:1:55: allow is empty: give it a value, or leave it out"},
		"tag":                           {"prefix: !!str 5\n", "zwb.yaml:1:9: tags such as !!str are not read here"},
		"key that is a list":            {"? [a]\n: b\n", "zwb.yaml:1:3: a key is a word"},
		"merge":                         {"tls:\n  <<: {cert: a}\n", "zwb.yaml:2:3: mappings are not merged here; write the keys out, or give the whole value an &anchor"},
		"two documents":                 {"prefix: /a\n---\nprefix: /b\n", "zwb.yaml:2:1: a file has one document; there is another one behind ---"},
		"anchor in itself":              {"hosts: &a [*a]\n", "zwb.yaml:1:12: *a is within itself"},
		"no YAML":                       {"prefix: [1\nhosts: 2", "zwb.yaml:2:6: this is no YAML: did not find expected ',' or ']' while parsing a flow sequence that begins in line 1"},
		"tab":                           {"tls:\n\tcert: a", "zwb.yaml:2:1: this is no YAML: found character that cannot start any token while scanning for the next token; YAML is indented with spaces, not with tabs"},
		"too deep":                      {strings.Repeat("[", 30), "zwb.yaml:1:21: this is no YAML: exceeded max depth of 20 while increasing flow level"},
		"bad time":                      {"zmq: {retain: 30}\n", "zwb.yaml:1:15: retain: a time is written as in 1m30s or 500ms"},
		"long time":                     {"zmq: {retain: 25h}\n", "zwb.yaml:1:15: retain must be at most 24h"},
		"negative time":                 {"zmq: {retain: -1s}\n", "zwb.yaml:1:15: retain must be at least 0s"},
		"bad size":                      {"limits: {memory: 1G}\n", "zwb.yaml:1:18: memory: a size is written as in 64KiB, 16MiB or 1GiB"},
		"absurd size":                   {"limits: {memory: 99999999999GiB}\n", "zwb.yaml:1:18: memory: a size is written as in 64KiB, 16MiB or 1GiB"},
		"small message":                 {"limits: {message: 1KiB}\n", "zwb.yaml:1:19: message must be at least 128KiB"},
		"rate of nothing":               {"limits: {messages: 0/s}\n", "zwb.yaml:1:20: messages: a rate is written as in 20/s or 0.5/s, up to 1000000/s"},
		"rate without time":             {"limits: {messages: 20}\n", "zwb.yaml:1:20: messages: a rate is written as in 20/s or 0.5/s, up to 1000000/s"},
		"rate of bytes":                 {"limits: {bytes: 10/m}\n", "zwb.yaml:1:17: bytes: a rate of bytes is written as in 10MiB/s"},
		"out of bounds":                 {"zmq: {hwm: 0}\n", "zwb.yaml:1:12: hwm must be at least 1"},
		"far out of bounds":             {"limits: {sockets: 1000000000}\n", "zwb.yaml:1:19: sockets must be at most 100000"},
		"word in small letters":         {"endpoints: {a: {type: sub, address: tcp://a:1}}\n", `zwb.yaml:1:23: unknown type "sub"; did you mean SUB?`},
		"misspelled overflow":           {"endpoints: {a: {type: SUB, address: tcp://a:1, overflow: [drop_oldest]}}\n", `zwb.yaml:1:59: unknown overflow "drop_oldest"; did you mean drop-oldest?`},
		"listen":                        {"listen: [localhost]\n", `zwb.yaml:1:10: an address to listen on is written as 127.0.0.1:8000, [::1]:8000, :8000, unix:/run/zwb.sock or systemd, not "localhost"`},
		"listen at a socket of no name": {"listen: 'systemd:'\n", `zwb.yaml:1:9: invalid port "": it is a number up to 65535`},
		"listen at a port too high":     {"listen: 127.0.0.1:99999\n", `zwb.yaml:1:9: invalid port "99999": it is a number up to 65535`},
		"listen at *":                   {"listen: '*:80'\n", `zwb.yaml:1:9: invalid host "*"; leave it out, as in :8000, to listen on all addresses`},
		"listen nowhere":                {"listen: 'unix:'\n", "zwb.yaml:1:9: listen: a socket of Unix has a path, as in unix:/run/zwb.sock"},
		"listen twice":                  {"listen: [':1', ':1']\n", `zwb.yaml:1:16: ":1" is said twice`},
		"tls without key":               {"tls: {cert: a}\n", "zwb.yaml:1:6: cert and key go together: key is missing"},
		"tls without anything":          {"tls: {}\n", "zwb.yaml:1:6: tls needs cert and key, which are files (PEM)"},
		"prefix":                        {"prefix: zwb\n", "zwb.yaml:1:9: prefix is a path, as in /zwb/"},
		"host":                          {"hosts: ['https://a.example']\n", `zwb.yaml:1:9: a host is the name alone, as in bridge.example.org, not "https://a.example"`},
		"network":                       {"networks: 10.0.0.1/8\n", `zwb.yaml:1:11: network "10.0.0.1/8": an address within a network; did you mean 10.0.0.0/8?`},
		"proxy":                         {"proxies: [proxy]\n", `zwb.yaml:1:11: network "proxy": write it as 10.0.0.0/8, fd00::/8, or as an address`},
		"admin where pages are":         {"admin: {listen: '127.0.0.1:8000'}\n", "zwb.yaml:1:17: admin has a listener of its own; this one is for pages"},
		"admin nowhere":                 {"admin: {token_file: a}\n", "zwb.yaml:1:8: admin needs listen: the address of its own listener, as in 127.0.0.1:8001"},
		"memory for no client":          {"limits: {memory: 1MiB}\n", "zwb.yaml:1:18: memory (1MiB) must be at least as much as limits.client (64MiB)"},
		"memory for no user":            {"limits: {memory_per_user: 2MiB}\n", "zwb.yaml:1:27: memory_per_user (2MiB) must be at least as much as limits.client (64MiB)"},
		"memory of what is not kept":    {"endpoints: {a: {type: SUB, address: tcp://a:1, memory: 1MiB}}\n", "zwb.yaml:1:56: memory bounds the history and the last values; this endpoint has neither"},
		"memory of a PULL":              {"zmq: {last_values: 5}\nendpoints: {a: {type: PULL, address: tcp://a:1, memory: 1MiB}}\n", "zwb.yaml:2:57: memory is for types that send, and for SUB and XSUB that connect; nothing is kept for others"},
		"history beyond the memory":     {"endpoints: {a: {type: SUB, address: tcp://a:1, memory: 1MiB, history: {size: 2MiB}}}\n", "zwb.yaml:1:56: memory (1MiB) must be at least as much as history.size (2MiB)"},
		"client for no message":         {"limits: {message: 64MiB, client: 1MiB}\n", "zwb.yaml:1:34: client (1MiB) must be at least as much as limits.message (64MiB)"},
	} {
		t.Run(name, func(t *testing.T) { check(t, test.file, test.want) })
	}
}

// TestMistakesOfUsers: whoever is let in by mistake is let in.
func TestMistakesOfUsers(t *testing.T) {
	for user, want := range map[string]string{
		"{}":                                       "zwb.yaml:2:3: an entry is one of jwt, header, basic, tokens, zmq and anonymous",
		"{anonymous: {}, basic: {htpasswd: a}}":    "zwb.yaml:2:3: basic and anonymous: each kind of credential is an entry of its own",
		"anonymous: {}\n- basic: {htpasswd: a}":    "zwb.yaml:2:3: anonymous has to be the last entry: nobody gets past it",
		"{jwtt: {issuer: a}}":                      `zwb.yaml:2:4: unknown key "jwtt"; did you mean "jwt"?`,
		"jwt: {}":                                  "zwb.yaml:2:8: jwt needs to know where the keys are: secret_file, public_key_file, jwks, jwks_file, or an issuer that is asked for them",
		"jwt: {jwks_file: a, secret_file: b}":      "zwb.yaml:2:8: secret_file and jwks_file: the keys come from one of them; make an entry for each",
		"jwt: {jwks_file: a, issuer: anything}":    "",
		"jwt: {issuer: anything}":                  "zwb.yaml:2:17: without a source of keys the issuer is asked for them: a URL is written as https://id.example.org/keys",
		"jwt: {jwks: 'http://id.example/keys'}":    "zwb.yaml:2:15: keys have to come over https, or from this machine",
		"jwt: {jwks: 'http://127.0.0.1:80/'}":      "",
		"jwt: {secret_file: a, algorithms: RS256}": "zwb.yaml:2:37: RS256 is for a pair of keys, and secret_file is a secret: HS256, HS384 and HS512 fit",
		"jwt: {jwks_file: a, algorithms: [HS256]}": "zwb.yaml:2:36: HS256 needs a secret_file: it is for a secret, which only that has",
		"jwt: {jwks_file: a, algorithms: [none]}":  `zwb.yaml:2:36: unknown algorithms "none"; it is one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA`,
		"jwt: {jwks_file: a, leeway: 1h}":          "zwb.yaml:2:31: leeway must be at most 5m",
		"jwt: {jwks_file: a, cookie: 'a b'}":       "zwb.yaml:2:31: cookie is the name of a cookie",
		"header: {user: X-User}":                   "zwb.yaml:2:11: header counts only from proxies, and proxies names none",
		"header: {groups: X-Groups}":               "zwb.yaml:2:11: header needs user: the name of the header that says who it is",
		"basic: {}":                                "zwb.yaml:2:10: basic needs htpasswd: a file with names and hashes of passwords",
		"tokens: {}":                               "zwb.yaml:2:11: tokens needs file: what zwb token writes into",
		"zmq: {address: 'http://a'}":               `zwb.yaml:2:18: endpoint "http://a": has an unknown transport`,
		"zmq: {timeout: 1s}":                       "zwb.yaml:2:8: zmq needs address: the REP that decides, as in tcp://127.0.0.1:7000",
		"zmq: {address: 'tcp://a:1', timeout: 0s}": "zwb.yaml:2:40: timeout must be at least 1ms",
		"anonymous:":                               "zwb.yaml:2:13: anonymous has no value: give it one, or leave it out",
	} {
		t.Run(user, func(t *testing.T) { check(t, "users:\n- "+user+"\n", want) })
	}
	check(t, "proxies: 10.0.0.1\nusers:\n- header: {user: X-User, groups: 'X Groups'}\n", "zwb.yaml:3:34: groups is the name of a header, as in X-Forwarded-User")
}

// TestMistakesOfEndpoints: what an endpoint says and cannot hold is told, and not left out.
func TestMistakesOfEndpoints(t *testing.T) {
	for endpoint, want := range map[string]string{
		"type: SUB, address: tcp://a:1":                                                                                       "",
		"type: SUB":                                                                                                           "zwb.yaml:2:6: a needs address: where it is, as in tcp://10.0.0.5:5556",
		"address: tcp://a:1":                                                                                                  "zwb.yaml:2:6: a needs type: the sockets that pages have, as in SUB",
		"type: SUB, address: tcp://a":                                                                                         `zwb.yaml:2:27: endpoint "tcp://a": has no port`,
		"type: SUB, address: [tcp://a:1, 'tcp://a:x']":                                                                        `zwb.yaml:2:39: endpoint "tcp://a:x": the port is not a number from 1 to 65535`,
		"type: [SUB, SUB], address: tcp://a:1":                                                                                `zwb.yaml:2:19: "SUB" is said twice`,
		"type: REQ, address: tcp://a:1, bind: true":                                                                           "zwb.yaml:2:44: a REQ always connects; bind is for the other types",
		"type: REP, address: tcp://a:1":                                                                                       "",
		"type: REP, address: [tcp://a:1, tcp://a:2]":                                                                          "zwb.yaml:2:27: the bridge listens at one address",
		"type: PULL, bind: true, address: [tcp://a:1, tcp://a:2]":                                                             "zwb.yaml:2:40: the bridge listens at one address",
		"type: [REP, PUSH], address: tcp://a:1":                                                                               "zwb.yaml:2:6: a REP listens at the address, and PUSH connects to it: give them an entry each",
		"type: REQ, address: tcp://a:1, topics: fx.":                                                                          "zwb.yaml:2:46: topics is for SUB and XSUB",
		"type: SUB, address: tcp://a:1, publish: fx.":                                                                         "zwb.yaml:2:47: publish is for PUB and XPUB",
		"type: PUSH, address: tcp://a:1, overflow: close":                                                                     "zwb.yaml:2:49: overflow is for SUB and XSUB",
		"type: PUSH, address: tcp://a:1, hwm: 5":                                                                              "zwb.yaml:2:44: hwm is for SUB and XSUB",
		"type: PULL, address: tcp://a:1, rate: 5/s":                                                                           "zwb.yaml:2:45: rate is for types that subscribe, and for those that send of their own accord",
		"type: SUB, address: tcp://a:1, rate: 5000/s":                                                                         "zwb.yaml:2:44: the rate of a subscription is up to 1000/s",
		"type: PUSH, address: tcp://a:1, rate: 5000/s":                                                                        "",
		"type: SUB, address: tcp://a:1, history: {}":                                                                          "zwb.yaml:2:47: history needs messages, age or size, as in {messages: 10000, age: 60s, size: 16MiB}",
		"type: SUB, address: tcp://a:1, history: {prefixes: a}":                                                               "zwb.yaml:2:47: history needs messages, age or size, as in {messages: 10000, age: 60s, size: 16MiB}",
		"type: SUB, address: tcp://a:1, bind: true, history: {age: 1m}":                                                       "zwb.yaml:2:59: the bridge keeps a history where it connects to a publisher, not where it listens",
		"type: SUB, address: tcp://a:1, sequence: {}":                                                                         "zwb.yaml:2:48: sequence needs format, as in {part: 1, format: u64be}",
		"type: SUB, address: tcp://a:1, sequence: {format: u64eb}":                                                            `zwb.yaml:2:57: unknown format "u64eb"; did you mean u64be?`,
		"type: SUB, address: tcp://a:1, sequence: {format: 'json:'}":                                                          `zwb.yaml:2:57: unknown format "json:"; did you mean json:KEY?`,
		"type: SUB, address: tcp://a:1, sequence: {format: ascii, per: topics}":                                               `zwb.yaml:2:69: unknown per "topics"; did you mean topic?`,
		"type: SUB, address: tcp://a:1, sequence: {formt: ascii}":                                                             `zwb.yaml:2:49: unknown key "formt"; did you mean "format"?`,
		"type: SUB, address: tcp://a:1, sequence: {format: ascii, part: -1}":                                                  "zwb.yaml:2:70: part must be at least 0",
		"type: REQ, address: tcp://a:1, sequence: {format: ascii}":                                                            "zwb.yaml:2:48: sequence is for SUB and XSUB that connect: the bridge follows the count of the publisher it connects to",
		"type: SUB, address: tcp://a:1, replay: {address: tcp://a:2, request: u64be}":                                         "zwb.yaml:2:46: replay needs sequence, which tells what is missing",
		"type: SUB, address: tcp://a:1, sequence: {format: ascii}, replay: {address: tcp://a:2}":                              "zwb.yaml:2:73: replay needs address and request, as in {address: tcp://10.0.0.5:5558, request: u64be}",
		"type: SUB, address: tcp://a:1, sequence: {format: ascii}, replay: {address: here, request: u64be}":                   `zwb.yaml:2:83: endpoint "here": has no transport; write tcp://host:port`,
		"type: SUB, address: tcp://a:1, sequence: {format: ascii}, replay: {address: tcp://a:2, request: json}":               `zwb.yaml:2:103: unknown request "json"; it is one of u64be, u64le, u32be, u32le, ascii`,
		"type: SUB, address: tcp://a:1, sequence: {format: ascii, per: topic}, replay: {address: tcp://a:2, request: ascii}":  "zwb.yaml:2:85: replay is asked for numbers, and with sequence.per each topic has its own: leave one of them out",
		"type: SUB, address: [tcp://a:1, tcp://a:3], sequence: {format: ascii}, replay: {address: tcp://a:2, request: ascii}": "zwb.yaml:2:86: replay is that of one publisher; give each address an endpoint of its own",
		"type: PUSH, address: tcp://a:1, history: {age: 1m}":                                                                  "zwb.yaml:2:48: history is for SUB and XSUB",
		"type: [REQ, ROUTER], address: tcp://a:1, functions: add":                                                             "zwb.yaml:2:59: functions is for REQ and DEALER; with ROUTER everything could be sent",
		"type: SUB, address: tcp://a:1, timeout: 5s":                                                                          "zwb.yaml:2:47: timeout is for REQ",
		"type: SUB, address: tcp://a:1, message: {json: true}":                                                                "zwb.yaml:2:47: message is for types that send, and SUB does not",
		"type: REQ, address: tcp://a:1, message: {max: 32MiB}":                                                                "zwb.yaml:2:53: max is more than limits.message allows, which is 16MiB",
		"type: SUB, address: tcp://a:1, identity: a":                                                                          "zwb.yaml:2:48: identity is for REQ, REP, DEALER, ROUTER and PAIR; no backend sees one of SUB",
		"type: SUB, address: tcp://a:1, caller: true":                                                                         "zwb.yaml:2:46: caller is for REQ, PUSH and DEALER; with SUB nobody would be named",
		"type: REQ, address: tcp://a:1, caller: yes":                                                                          "zwb.yaml:2:46: caller is true, or a mapping as in {key_file: caller.key}",
		"type: REQ, address: tcp://a:1, caller: {key: a}":                                                                     `zwb.yaml:2:47: unknown key "key"; did you mean "key_file"?`,
		"type: SUBB, address: tcp://a:1, topics: a":                                                                           `zwb.yaml:2:13: unknown type "SUBB"; did you mean SUB?`,
	} {
		t.Run(endpoint, func(t *testing.T) { check(t, "endpoints:\n  a: {"+endpoint+"}\n", want) })
	}
	check(t, "endpoints:\n  tcp://a:1: {type: SUB, address: tcp://a:1}\n",
		`zwb.yaml:2:3: the name of an endpoint is a letter, and up to 63 letters, digits, or any of ._-, not "tcp://a:1"`)
	check(t, "addresses:\n- {types: [REQ, REP]}\n", "zwb.yaml:2:3: an entry needs address, as in tcp://10.0.0.0/8:5000-5999")
	for text, want := range map[string]string{
		"address: 'tcp://a:*', http: true":                           "",
		"types: [REP, REQ], address: 'tcp://a:*', bind: false":       "zwb.yaml:2:3: a REP listens at the address, and REQ connects to it: give them an entry each",
		"types: REP, address: 'tcp://a:*', http: true":               "zwb.yaml:2:44: over HTTP the bridge listens at no address: http is for those that it connects to",
		"types: PULL, address: 'tcp://a:*', bind: true, http: true":  "zwb.yaml:2:57: over HTTP the bridge listens at no address: http is for those that it connects to",
		"types: PULL, address: 'tcp://a:*', bind: false, http: 'on'": `zwb.yaml:2:58: http is true or false, not "on"`,
	} {
		check(t, "addresses:\n- {"+text+"}\n", want)
	}
	check(t, "addresses:\n- {address: 'tcp://a:*', topics: fx., identity: a, publish: b, rate: 5/s}\n", "")
}

// check reads a file and compares what is said about it.
func check(t *testing.T, file, want string) {
	t.Helper()
	_, err := Parse("zwb.yaml", []byte(file))
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("%s\ngot\n%s\nwant\n%s", file, got, want)
	}
}

// TestMistakesOfLaterStages are at their places, too.
func TestMistakesOfLaterStages(t *testing.T) {
	text := "endpoints:\n  prices:\n    type: SUB\n    address: tcp://a:1\n    allow: \"'ü' in claims.\"\n    topics: fx.\n"
	f, err := Parse("zwb.yaml", []byte(text), Setting{"zmq.hwm", "5", "--hwm"})
	if err != nil {
		t.Fatal(err)
	}
	for want, got := range map[string]Mistake{
		"zwb.yaml:5:12: wrong": f.MistakeAt("endpoints.prices.allow", "wrong"),
		"zwb.yaml:5:17: wrong": f.MistakeWithin("endpoints.prices.allow", "'ü' in claims.", len("'ü' "), "wrong"),
		"zwb.yaml:6:13: wrong": f.MistakeAt("endpoints.prices.topics.0", "wrong"),
		"zwb.yaml:3:5: wrong":  f.MistakeAt("endpoints.prices.identity.0", "wrong"),
		"zwb.yaml: wrong":      f.MistakeAt("limits.memory", "wrong"),
		"--hwm: wrong":         f.MistakeAt("zmq.hwm", "wrong"),
		"limits.memory: wrong": (&File{}).MistakeAt("limits.memory", "wrong"),
	} {
		if got.Error() != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	first := Mistakes{{Place{"zwb.yaml", 5, 12}, "wrong"}, {Place{"zwb.yaml", 9, 1}, "also wrong"}}
	joined := Join(nil, first, Mistake{Place{"zwb.yaml", 5, 12}, "it follows"}, Mistake{Place{"zwb.yaml", 7, 1}, "between"})
	if want := "zwb.yaml:5:12: wrong\nzwb.yaml:7:1: between\nzwb.yaml:9:1: also wrong"; joined.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", joined, want)
	}
	if Join(nil, Mistakes{}.Err()) != nil {
		t.Error("no mistake is one")
	}
	var mistakes Mistakes
	if err := Join(os.ErrNotExist, first); !errors.Is(err, os.ErrNotExist) || !errors.As(err, &mistakes) {
		t.Errorf("one error is lost: %v", err)
	}
}

// TestFlagsAndVariables: single values win, lists add, and what is wrong is told with the name of the flag.
func TestFlagsAndVariables(t *testing.T) {
	file := filepath.Join(t.TempDir(), "zwb.yaml")
	if err := os.WriteFile(file, []byte("listen: ':1'\nzmq: {hwm: 5}\ntls: {cert: c.pem}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Read(file, Setting{"listen", ":2", "ZWB_LISTEN"}, Setting{"listen", ":3", "--listen"}, Setting{"zmq.hwm", "6", "ZWB_HWM"}, Setting{"zmq.hwm", "7", "--hwm"},
		Setting{"tls.key", "k.pem", "--key"}, Setting{"zmq.legacy", "false", "--no-legacy"})
	if err != nil {
		t.Fatal(err)
	}
	here, _ := filepath.Abs("k.pem")
	if strings.Join(f.Listen, " ") != ":1 :2 :3" || f.ZMQ.HWM != 7 || f.TLS.Cert != filepath.Join(filepath.Dir(file), "c.pem") || f.TLS.Key != here || *f.ZMQ.Legacy {
		t.Errorf("%+v %+v", f, f.TLS)
	}
	_, err = Read(file, Setting{"zmq.hwm", "0", "--hwm"}, Setting{"limits.memory", "1MiB", "ZWB_MEMORY"}, Setting{"prefix", "a", "--prefix"}, Setting{"zmq.hwmm", "0", "--x"})
	want := "--hwm: hwm must be at least 1\n--prefix: prefix is a path, as in /zwb/\n--x: there is no value zmq.hwmm\n" + file +
		":3:6: cert and key go together: key is missing\nZWB_MEMORY: memory (1MiB) must be at least as much as limits.client (64MiB)"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if _, err := Read(filepath.Join(t.TempDir(), "no.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if f, err := Read(""); err != nil || f.WithDefaults().Listen[0] != "127.0.0.1:8000" {
		t.Errorf("no file: %v", err)
	}
}

// TestCheckOfLiterals: a File that a program wrote is checked, too.
func TestCheckOfLiterals(t *testing.T) {
	wrong := &File{Limits: Limits{Sockets: -1}, Log: Log{Level: "loud"}, Names: Endpoints{"a": {Type: Strings{"sub"}, Address: Strings{"tcp://a:1"}}}}
	want := "endpoints.a.type.0: unknown type \"sub\"; did you mean SUB?\n" +
		"limits.sockets: sockets must be at least 1\nlog.level: unknown level \"loud\"; it is one of debug, info, warn, error"
	if err := wrong.Check(); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if err := (&File{}).Check(); err != nil {
		t.Error(err)
	}
}
