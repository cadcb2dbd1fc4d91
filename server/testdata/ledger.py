"""Backends of a page whose session goes from bridge to bridge, which count what comes and goes.

Usage: ledger.py CALLED...

It binds a PUB, a ROUTER that answers requests after a moment, a PULL, a PUSH and a ROUTER that answers a DEALER, and calls the REPs at the
addresses CALLED. It prints "port N", of the PUB, and a line of JSON with the addresses. After the JSON "begin" on stdin it sends, and numbers what it
sends; topics are in turn a and b. After "stop" it sends nothing new, and prints a line of JSON that says what it has sent and got once nothing has come for a second.
"""

import collections
import json
import sys
import time

import zmq

context = zmq.Context()


def bound(kind):
    socket = context.socket(kind)
    socket.linger = 0
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    return socket, "tcp://127.0.0.1:%d" % port


pub, pub_at = bound(zmq.PUB)
pub.sndhwm = 0
echo, echo_at = bound(zmq.ROUTER)
pull, pull_at = bound(zmq.PULL)
push, push_at = bound(zmq.PUSH)
room, room_at = bound(zmq.ROUTER)
caller = context.socket(zmq.DEALER)
caller.linger = 0
caller.immediate = 1  # what is for a bridge that is not there waits for the next one
for address in sys.argv[1:]:
    caller.connect(address)
print("port", pub_at.rpartition(":")[2], flush=True)
print(json.dumps({"pub": pub_at, "echo": echo_at, "pull": pull_at, "push": push_at, "room": room_at}), flush=True)

poller = zmq.Poller()
for socket in (echo, pull, room, caller):
    poller.register(socket, zmq.POLLIN)
poller.register(sys.stdin, zmq.POLLIN)

waiting = collections.deque()
sent = collections.Counter()
pulled, answered, asked = [], [], collections.Counter()
going, stopped, quiet, next_turn = False, False, None, time.monotonic()
while True:
    now = time.monotonic()
    ready = dict(poller.poll(5))
    if sys.stdin.fileno() in ready:
        line = sys.stdin.readline()
        if not line:
            break
        if json.loads(line) == "begin":
            going, next_turn = True, now
        else:
            going, stopped, quiet = False, True, now
    if echo in ready:
        while echo.poll(0):
            parts = echo.recv_multipart()
            asked[parts[-1].decode()] += 1
            waiting.append((now + 0.02, parts))
            quiet = now
    while waiting and waiting[0][0] <= now:
        echo.send_multipart(waiting.popleft()[1])
    while pull.poll(0):
        pulled.append(int(pull.recv_multipart()[-1]))
        quiet = now
    while room.poll(0):
        room.send_multipart(room.recv_multipart())
        quiet = now
    while caller.poll(0):
        answered.append(int(caller.recv_multipart()[-1]))
        quiet = now
    if going and now >= next_turn:
        next_turn += 0.005
        for topic in (b"a", b"b"):
            sent["pub"] += 1
            pub.send_multipart([topic, b"%d" % sent["pub"]])
        try:
            push.send(b"%d" % (sent["push"] + 1), zmq.DONTWAIT)
            sent["push"] += 1
        except zmq.Again:
            pass
        if sent["pub"] % 8 == 0:
            try:
                caller.send_multipart([b"", b"%d" % (sent["call"] + 1)], zmq.DONTWAIT)
                sent["call"] += 1
            except zmq.Again:
                pass
    if stopped and now - quiet > 1:
        print(json.dumps({"sent": sent, "pulled": pulled, "answered": answered, "repeated": [k for k, n in asked.items() if n > 1]}), flush=True)
        stopped = False
context.destroy(linger=0)
