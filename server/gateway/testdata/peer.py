"""ZeroMQ peers for the tests: libzmq as anybody would use it.

Usage: peer.py ROLE [--port N] [--heartbeat MS [--patience MS]] [--tick MS] [--type NAME] [PREFIX...]

A peer that binds prints "port N" first; --port 0 leaves the choice to the kernel. A peer that connects prints "ready".
What it is told comes in on stdin, a line of JSON at a time; what it has to say goes out likewise. It ends with stdin.
Parts are strings, a character a byte. With --heartbeat it sends PINGs, and hangs up when nothing comes for --patience,
which is one heartbeat unless it is said.
"""

import argparse
import json
import os
import select
import sys

import zmq

context = zmq.Context()


def encode(parts):
    return [part.encode("latin-1") for part in parts]


def say(parts):
    print(json.dumps([part.decode("latin-1") for part in parts]), flush=True)


def socket(args, kind):
    s = context.socket(kind)
    s.linger = 0
    s.sndhwm = args.hwm
    if args.hwm:
        s.rcvhwm = args.hwm
        s.sndbuf = 1 << 16  # the kernel's queue is short as well, see flood
    if args.identity:
        s.identity = args.identity.encode()
    if args.heartbeat:
        s.setsockopt(zmq.HEARTBEAT_IVL, args.heartbeat)
        s.setsockopt(zmq.HEARTBEAT_TIMEOUT, args.patience or args.heartbeat)
    return s


def bound(args, kind):
    s = socket(args, kind)
    s.bind("tcp://127.0.0.1:%s" % (args.port or "*"))
    print("port", s.getsockopt(zmq.LAST_ENDPOINT).decode().rstrip("\0").rpartition(":")[2], flush=True)
    return s


def connected(args, kind):
    s = socket(args, kind)
    s.connect("tcp://127.0.0.1:%d" % args.port)
    print("ready", flush=True)
    return s


def commands():
    """The lines of stdin. Blocking here keeps the application's thread out of libzmq, as real programs do."""
    for line in sys.stdin:
        yield json.loads(line)


def until_eof(s, receive):
    """Serves s until stdin ends."""
    poller = zmq.Poller()
    poller.register(s, zmq.POLLIN)
    poller.register(sys.stdin.fileno(), zmq.POLLIN)
    while True:
        events = dict(poller.poll())
        if sys.stdin.fileno() in events:
            return
        receive(s)


def rep(args):
    until_eof(bound(args, zmq.REP), lambda s: s.send_multipart(s.recv_multipart()))


def router(args):
    until_eof(bound(args, zmq.ROUTER), lambda s: s.send_multipart(s.recv_multipart()))


def held(args):
    """A REP that says what it was asked and answers when told what."""
    s = bound(args, zmq.REP)
    say(s.recv_multipart())
    for parts in commands():
        s.send_multipart(encode(parts))
        say(s.recv_multipart())


def pub(args):
    """Publishes what it is told; a number n stands for one message on each of the topics t00000. to t(n-1).

    Between two commands its thread stays away from libzmq, or with --tick MS publishes on the topic tick.
    """
    s = bound(args, zmq.PUB)
    while True:
        if args.tick and not select.select([sys.stdin], [], [], args.tick / 1000)[0]:
            s.send(b"tick")
            continue
        line = sys.stdin.readline()
        if not line:
            return
        command = json.loads(line)
        if isinstance(command, int):
            for i in range(command):
                s.send(b"t%05d." % i)
        else:
            s.send_multipart(encode(command))


def xpub(args):
    """Says what it hears of subscriptions, duplicates included."""
    s = socket(args, zmq.XPUB)
    s.setsockopt(zmq.XPUB_VERBOSE, 1)
    s.bind("tcp://127.0.0.1:%s" % (args.port or "*"))
    print("port", s.getsockopt(zmq.LAST_ENDPOINT).decode().rpartition(":")[2], flush=True)
    until_eof(s, lambda s: say(s.recv_multipart()))


def manual(args):
    """An XPUB that puts "own." in front of every prefix. It says what it hears, and publishes what it is told."""
    s = socket(args, zmq.XPUB)
    s.setsockopt(zmq.XPUB_MANUAL, 1)
    s.bind("tcp://127.0.0.1:%s" % (args.port or "*"))
    print("port", s.getsockopt(zmq.LAST_ENDPOINT).decode().rstrip("\0").rpartition(":")[2], flush=True)
    poller = zmq.Poller()
    poller.register(s, zmq.POLLIN)
    poller.register(sys.stdin.fileno(), zmq.POLLIN)
    while True:
        events = dict(poller.poll())
        if s in events:
            change = s.recv()
            s.setsockopt(zmq.SUBSCRIBE if change[:1] == b"\x01" else zmq.UNSUBSCRIBE, b"own." + change[1:])
            say([change])
        elif events:
            read = os.read(sys.stdin.fileno(), 1 << 16)
            if not read:
                return
            for line in read.splitlines():
                s.send_multipart(encode(json.loads(line)))


def sub(args):
    s = connected(args, zmq.SUB)
    for prefix in args.prefix:
        s.subscribe(prefix)
    until_eof(s, lambda s: say(s.recv_multipart()))


def stalled(args):
    """A SUB to everything that never receives."""
    s = connected(args, zmq.SUB)
    s.subscribe("")
    for _ in commands():
        pass


def req(args):
    """Asks what it is told and says the answer. With --type DEALER it brings its own envelope."""
    s = connected(args, getattr(zmq, args.type or "REQ"))
    for parts in commands():
        s.send_multipart(encode(parts))
        say(s.recv_multipart())


def peer(args):
    """A socket of any --type that binds, or with --connect connects. It says what it receives, with --brief the first part,
    and does what it is told."""
    s = (connected if args.connect else bound)(args, getattr(zmq, args.type))
    for prefix in args.prefix:
        s.subscribe(prefix)
    poller = zmq.Poller()
    if args.type not in ("PUB", "PUSH"):
        poller.register(s, zmq.POLLIN)
    poller.register(sys.stdin.fileno(), zmq.POLLIN)
    rest = b""
    while not s.closed:
        events = dict(poller.poll())
        if s in events:
            parts = s.recv_multipart()
            say(parts[:1] if args.brief else parts)
        elif events:
            read = os.read(sys.stdin.fileno(), 1 << 16)
            if not read:
                return
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                obey(s, json.loads(line))


def obey(s, command):
    """Parts are sent. A number n stands for the messages 0 to n-1; {"flood": n} likewise, see flood. "bye" closes s when
    all of it is on its way."""
    if command == "bye":
        s.close(linger=-1)
        context.term()
    elif isinstance(command, dict):
        flood(s, command["flood"])
    elif isinstance(command, int):
        for i in range(command):
            s.send(b"%d" % i)
    else:
        s.send_multipart(encode(command))


def flood(s, count):
    """Sends messages of 1 kB as fast as the HWM lets it, once somebody is there. Says "blocked" and how many went when for a
    while none does.

    That takes a short queue in the kernel: a socket's is full to poll when a third of it is still free to write, and libzmq
    writes into it with each PONG. Of the 4 MiB it grows to otherwise, that third lasts for half a minute of PINGs, in which
    a message goes now and then.
    """
    body = bytes(1000)
    s.poll(None, zmq.POLLOUT)
    for i in range(count):
        if s.poll(1000, zmq.POLLOUT) == 0:
            say([b"blocked", b"%d" % i])
        s.send_multipart([b"%d" % i, body])
    say([b"done"])


parser = argparse.ArgumentParser()
parser.add_argument("role", choices=["rep", "router", "held", "pub", "xpub", "manual", "sub", "stalled", "req", "peer"])
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--heartbeat", type=int, default=0)
parser.add_argument("--patience", type=int, default=0)
parser.add_argument("--tick", type=int, default=0)
parser.add_argument("--type")
parser.add_argument("--connect", action="store_true")
parser.add_argument("--brief", action="store_true")
parser.add_argument("--identity")
parser.add_argument("--hwm", type=int, default=0)
parser.add_argument("prefix", nargs="*")
args = parser.parse_intermixed_args()
try:
    globals()[args.role](args)
finally:
    context.destroy(linger=0)
