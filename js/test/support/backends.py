"""ZeroMQ programs that know nothing of a bridge. It says where they are as a line of JSON, and then what the PULL and the SUB get, a line each.

rep answers with what it was asked, router likewise; pub publishes fx.EURUSD and eq.SAP all the time; push has 200 jobs for whoever comes.
It ends with stdin.
"""
import json
import sys

import zmq

context = zmq.Context()
sockets = {name: context.socket(getattr(zmq, name.upper())) for name in ("rep", "router", "pub", "push", "pull", "sub", "pair")}
sockets["sub"].subscribe(b"")
print(json.dumps({name: "tcp://127.0.0.1:%d" % s.bind_to_random_port("tcp://127.0.0.1") for name, s in sockets.items()}), flush=True)
poller = zmq.Poller()
poller.register(sys.stdin, zmq.POLLIN)
for name in ("rep", "router", "pull", "sub", "pair"):
    poller.register(sockets[name], zmq.POLLIN)
jobs, count = 0, 0
while True:
    for s, _ in poller.poll(5):
        if s == sys.stdin.fileno():
            context.destroy(linger=0)
            sys.exit()
        parts = s.recv_multipart()
        if s in (sockets["pull"], sockets["sub"]):
            print(json.dumps([part.decode() for part in parts]), flush=True)
        else:
            s.send_multipart(parts)
    count += 1
    sockets["pub"].send_multipart([b"fx.EURUSD", b"%d" % count])
    sockets["pub"].send_multipart([b"eq.SAP", b"%d" % count])
    try:
        while jobs < 200:
            sockets["push"].send(b"%d" % jobs, zmq.NOBLOCK)
            jobs += 1
    except zmq.Again:
        pass  # nobody is there
