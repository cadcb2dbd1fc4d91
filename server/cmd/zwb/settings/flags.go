package settings

// The flags of zwb serve. What they mean in a file is behind their names: flags and file have one way to write a value.
func (p *parser) define() {
	p.flags.StringVar(&p.file, "config", "", "read this `file`, zwb.yaml, too; flags win over it. zwb init writes one to begin with")
	p.list("listen", "listen", "", "`address` to listen on, as in 127.0.0.1:8000 or unix:/run/zwb.sock; systemd: the sockets that it has opened. Repeat for more. Default 127.0.0.1:8000")
	p.own("allow", p.allow, "let pages use these sockets: `'TYPES ADDRESS'`, as in 'REQ tcp://127.0.0.1:10001' or 'SUB,REQ tcp://host:5000-5999';\n"+
		"repeat for more. TYPES is a socket type, several with commas between, or *. The port may be a range or *.\n"+
		"'bind TYPES ADDRESS' lets pages have the bridge listen at the address.\n"+
		"Options for subscriptions may follow, as in 'SUB tcp://host:5000 rate=20/s hwm=100 overflow=conflate':\n"+
		"  rate=20/s                 at most so many messages per second\n"+
		"  hwm=100                   how many messages wait for a page that reads too slowly, instead of --hwm\n"+
		"  overflow=A,B              what happens when more wait: drop-newest, drop-oldest, conflate (keep the last message\n"+
		"                            of each topic) or close. The first is the default, and pages may choose the others;\n"+
		"                            with 'A,*' they may choose any\n"+
		"  history=10000,60s,16MiB   keep the last messages for pages that come back: at most so many, for so long, in so\n"+
		"                            much memory; one of the three is enough\n"+
		"  history-prefixes=fx.,time keep only topics that begin with one of these\n"+
		"And for all sockets, as in 'DEALER tcp://host:5555 identity=page-*':\n"+
		"  identity=A,B              which identities they may have, where * stands for any text; default any\n"+
		"  http=true                 also over HTTP, /ws and /zws, for whoever has no client of this project")
	p.list("networks", "networks", ",", "connect to backends only in these `networks`, as in 10.0.0.0/8,127.0.0.0/8,fd00::/8; this matters for rules with host\n"+
		"names, which could stand for any address. Default: every address that the rules allow")
	p.list("origin", "origins", "", "let pages of this `origin` connect, besides those that the bridge serves; repeat for more. An origin is scheme, host and port,\n"+
		"as in https://app.example.org or https://*.example.org, where * stands for labels of the host; * alone lets all pages connect")
	p.list("host", "hosts", "", "the `name` under which browsers reach this bridge, as in bridge.example.org, so that its console works there; repeat for more.\n"+
		"localhost, IP addresses and the name in --listen are known. A page of any other host is not the bridge's, even if that name leads here")
	p.one("prefix", "prefix", "the `path` under which a proxy passes requests on, as in /zwb/; one that takes it off needs no --prefix")
	p.one("hwm", "zmq.hwm", "how many `messages` wait for a SUB socket of a page that reads too slowly, before messages are dropped. Default 1000")
	p.one("queue-limit", "limits.client", "how much `memory` what is held for one client may take; what would be more is refused as busy. Default 64MiB")
	p.one("memory", "limits.memory", "how much `memory` what is held for all clients may take; beyond that, those with the most are disconnected. Default 1GiB")
	p.one("memory-per-user", "limits.memory_per_user", "how much `memory` what is held for all clients of one user may take. Default a quarter of --memory, and at least --queue-limit")
	p.one("last-values", "zmq.last_values", "for so many `topics` of each publisher, give a new subscriber the last message at once; 0: none. Default 0")
	p.one("security", "zmq.security", "JSON `file` with the PLAIN passwords and CURVE keys for backends, by address")
	p.one("retain", "zmq.retain", "how long the bridge keeps the session of a client that has lost its WebSocket, as a `time`; 0: not at all. Default 1m")
	p.one("drain", "zmq.drain", "how long clients have to move to another bridge after this one gets SIGTERM, as a `time`; 0: no time. Default 10s")
	p.one("admin", "admin.listen", "`address` for those who run the bridge, as in 127.0.0.1:8001: a live page, metrics for Prometheus, JSON. Default none")
	p.one("admin-token-file", "admin.token_file", "`file` with the token for --admin. Default: a token is made at the start, and a link with it printed")
	p.one("admin-revoked", "admin.revoked", "`file` that keeps over a restart who was revoked at --admin. Default: a restart forgets it")
	p.yes("watch", "watch", "reload when the file of --config changes, or one that it names, as on SIGHUP")
	p.one("audit", "audit", "append every decision to this `file`, as lines of JSON. Default: none")
	p.one("cert", "tls.cert", "TLS certificate `file` (PEM)")
	p.one("key", "tls.key", "TLS key `file` (PEM)")
	p.flags.BoolVar(&p.demo, "demo", false, "also start and allow demo backends on 127.0.0.1")
	p.flags.IntVar((*int)(&p.demoAt), "demo-port", 10001, "the first of the four `port`s of the demo backends")
	p.not("no-legacy", "zmq.legacy", "refuse clients of the bridge of 2012, whose bridge.js speaks JSON")
	p.not("no-console", "zmq.console", "do not serve the console")
	p.not("no-http", "zmq.http", "do not serve the endpoints of the file over HTTP, but through clients only")
	p.one("log-level", "log.level", "debug, info, warn or error: the `least` that is logged. Default info")
	p.one("log-format", "log.format", "`text or json`. Default text")
}
