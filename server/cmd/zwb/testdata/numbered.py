"""A libzmq socket that sends or receives messages with numbers, all of whose bytes follow from these.

Usage: numbered.py publish|push|subscribe|pull PORT COUNT [FIRST]

Those that send bind, and a publisher waits until somebody has subscribed; COUNT 0 is for ever. Those that receive connect, compare every byte, and print
how many came, one after the other from FIRST on. They give up after 30 seconds without one.
"""

import sys

import zmq

role, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
first = int(sys.argv[4]) if len(sys.argv) > 4 else 0
pattern = bytes(range(256)) * 2


def message(i):
    return [b"fx.%d" % (i % 10), b"", i.to_bytes(8, "big"), pattern[i % 251 : i % 251 + i % 101]]


context = zmq.Context()
socket = context.socket({"publish": zmq.XPUB, "push": zmq.PUSH, "subscribe": zmq.SUB, "pull": zmq.PULL}[role])
socket.rcvhwm, socket.rcvtimeo, socket.linger = 0, 30_000, -1 if role in ("publish", "push") else 0
if role in ("publish", "push"):
    socket.sndhwm = 1000 if role == "push" else 0
    socket.bind("tcp://127.0.0.1:%d" % port)
    if role == "publish":
        socket.recv()
    i = first
    while count == 0 or i < first + count:
        socket.send_multipart(message(i))
        i += 1
    if role == "publish":
        sys.stdin.read()  # who subscribes takes his time
else:
    if role == "subscribe":
        socket.subscribe(b"")
    socket.connect("tcp://127.0.0.1:%d" % port)
    for i in range(first, first + count):
        came = socket.recv_multipart()
        if came != message(i):
            sys.exit("in the place of %d came %r" % (i, came))
    print(count)
context.destroy()
