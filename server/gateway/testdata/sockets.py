"""Many libzmq sockets in one process, each driven from outside.

Prints "ready". Then every line of JSON on stdin is a command and is answered with one on stdout: {"do": NAME, ...} with the
arguments of the function NAME below; the answer is an object, with "error" when it went wrong. It ends with stdin.

A payload is known by its name to both ends, so that none has to go through stdin or stdout: its parts are strings, or
[first, size] for size bytes that count down from first.
"""

import functools
import json
import sys
import time

import zmq

PATIENCE = 15_000  # ms; less than that of the test, which so hears what was waited for
context = zmq.Context()
context.max_sockets = 4096
sockets = {}
recipes = {}


class Socket:
    """A socket and what it takes to open it again. envelope: its peer is a REQ or a REP and wants an empty part in front."""

    def __init__(self, type, port=0, bind=False, identity="", envelope=False, heartbeat=0):
        self.kind = getattr(zmq, type)
        self.port, self.bind, self.identity, self.envelope, self.heartbeat = port, bind, identity, envelope, heartbeat
        self.peer = b""  # of a ROUTER: who spoke last
        self.open()

    def open(self):
        s = self.zmq = context.socket(self.kind)
        s.linger = 0
        s.rcvtimeo = s.sndtimeo = PATIENCE
        s.reconnect_ivl = 20
        if self.identity:
            s.identity = self.identity.encode()
        s.heartbeat_ivl = self.heartbeat
        s.heartbeat_timeout = 3 * self.heartbeat
        if self.kind == zmq.SUB:
            s.subscribe("")
        if not self.bind:
            s.connect("tcp://127.0.0.1:%d" % self.port)
        else:
            self.listen(s)
        if self.kind == zmq.XSUB:
            s.send(b"\1")

    def listen(self, s):
        """An address that was just given up is free a moment later."""
        until = time.monotonic() + PATIENCE / 1000
        while True:
            try:
                s.bind("tcp://127.0.0.1:%s" % (self.port or "*"))
                break
            except zmq.ZMQError as e:
                if e.errno != zmq.EADDRINUSE or time.monotonic() > until:
                    raise
                time.sleep(0.005)
        self.port = int(s.getsockopt(zmq.LAST_ENDPOINT).decode().rstrip("\0").rpartition(":")[2])

    def receive(self, flags=0):
        while True:
            parts = [frame.buffer for frame in self.zmq.recv_multipart(flags, copy=False)]
            if self.kind != zmq.XPUB or len(parts) > 1 or parts[0][:1] not in (b"\0", b"\1"):
                break
        if self.kind == zmq.ROUTER:
            self.peer = parts.pop(0).tobytes()
        if self.envelope and parts.pop(0):
            raise ValueError("no empty part in front")
        return parts

    def send(self, parts, flags=0):
        if self.envelope:
            parts = [b"", *parts]
        if self.kind == zmq.ROUTER:
            parts = [self.peer, *parts]
        self.zmq.send_multipart(parts, flags, copy=max(map(len, parts)) < 1 << 20)


@functools.cache
def build(name):
    return [part.encode() if isinstance(part, str) else countdown(*part) for part in recipes[name]]


def countdown(first, size):
    start = 255 - first
    return (bytes(range(255, -1, -1)) * ((start + size) // 256 + 1))[start:start + size]


def same(a, b):
    """Compares a buffer with bytes. To compare it with == takes a hundred times as long."""
    return len(a) == len(b) and b.startswith(a)


def describe(parts):
    return "%d parts of %d bytes: %r" % (len(parts), sum(map(len, parts)), [bytes(part[:20]) for part in parts[:5]])


def payloads(table):
    recipes.update(table)


def open(socket, **options):
    """Tells the port of a socket that binds."""
    sockets[socket] = Socket(**options)
    return {"port": sockets[socket].port}


def reopen(socket):
    """As a REQ has to that waits for an answer that will not come."""
    sockets[socket].zmq.close()
    sockets[socket].open()


def close(socket):
    sockets.pop(socket).zmq.close()


def send(socket, payload):
    sockets[socket].send(build(payload))


def receive(socket, payload):
    """Waits for a message and says how it differs from what it should be."""
    got, want = sockets[socket].receive(), build(payload)
    if len(got) != len(want) or not all(map(same, got, want)):
        return {"error": "got %s; want %s" % (describe(got), describe(want))}


def say(socket, text):
    """Sends a text and tells whether that was possible at once. A REQ that waits for an answer that will not come gives up
    and begins afresh, as programs do."""
    s = sockets[socket]
    try:
        s.send([text.encode()], zmq.NOBLOCK)
        return {"sent": True}
    except zmq.ZMQError as e:
        if e.errno == zmq.EFSM and s.kind == zmq.REQ:
            s.zmq.close()
            s.open()
        elif e.errno not in (zmq.EAGAIN, zmq.EFSM):
            raise


def take(socket, echo=False):
    """All texts that have come, the last part of each message. With echo they are sent back."""
    s, texts = sockets[socket], []
    try:
        while True:
            parts = s.receive(zmq.NOBLOCK)
            texts.append(bytes(parts[-1][:100]).decode("latin-1"))
            if echo:
                s.send(parts, zmq.NOBLOCK)
    except zmq.ZMQError as e:
        if e.errno not in (zmq.EAGAIN, zmq.EFSM):
            raise
    return {"texts": texts}


print("ready", flush=True)
commands = {f.__name__: f for f in (payloads, open, close, send, receive, say, take)}
for line in sys.stdin:
    arguments = json.loads(line)
    try:
        answer = commands[arguments.pop("do")](**arguments)
    except (zmq.ZMQError, ValueError) as e:
        answer = {"error": str(e)}
    print(json.dumps(answer or {}), flush=True)
context.destroy(linger=0)
