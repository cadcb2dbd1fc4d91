"""A ZeroMQ backend that can be killed at any moment, and whose record still says what it has done. It uses libzmq as usual.

Usage: backend.py ROLE --port N --record FILE [--rate N] [--topics a,b] [--burst N] [--handover] [--heartbeat]

It prints "ready" when its socket is bound. It writes every step into the record at once, so the record outlives the process.
All numbers in it have 8 bytes:

    rep, router   the number of each request, written before the answer is sent
    pull          the generation of the process and the number of the message, for each message
    pub, push     the generation of the process, and the number of the last message that was sent for each topic
    herald        the generation of the process and the number of the message, for each message that was sent

With --burst, pub and push send so many messages at the end, as fast as they can. The generation says how many processes have
written to the record so far. After a line "stop" on stdin, pub, push and herald send nothing more, and print "stopped". The
process ends when stdin ends.

A herald is a ROUTER. It sends to each name that a peer has, and says for whom: for the heir of this name that has told it its
number last. The number of a message is that of the heir, shifted by 20 bits, and that of the message for this heir. With
--handover a name is whose who comes with it last, also when the connection of the one before is still there. With --heartbeat
nothing is sent any more to a peer that stands still, as soon as that is noticed.
"""

import argparse
import collections
import mmap
import os
import random
import struct
import sys
import time

import zmq

TICK = 5  # how often a sender checks whether something is due, in ms
HEARTBEAT = 500  # how often a peer is asked whether it is there, in ms
DELAY = 0.02  # the longest time that a router takes for an answer, in seconds


def make_pad():
    x, pad = 1, bytearray()
    for _ in range(60000):
        x = (x * 75 + 74) % 65537
        pad.append(x & 255)
    return bytes(pad)


PAD = make_pad()


def filler(n):
    """Returns the content of message number n, so that the other end knows every byte of it."""
    start = n * 7919 % 30000
    return PAD[start : start + (20000 if n % 997 == 0 else n * 37 % 150)]


class Number(ValueError):
    """Is raised for a message whose content does not belong to its number."""


def number(parts):
    header, body = parts[-2:]
    generation, n = map(int, header.split())
    if body != filler(n):
        raise Number(parts)
    return n


class Backend:
    def __init__(self, args, kind):
        self.args = args
        self.socket = zmq.Context.instance().socket(kind)
        self.socket.linger = 0
        self.socket.sndhwm = 0 if kind == zmq.PUB else 1000
        self.socket.rcvhwm = 0 if kind in (zmq.ROUTER, zmq.REP) else 1000
        if args.heartbeat:
            self.socket.heartbeat_ivl, self.socket.heartbeat_timeout = HEARTBEAT, 3 * HEARTBEAT
        self.socket.bind("tcp://127.0.0.1:%d" % args.port)
        self.poller = zmq.Poller()
        self.poller.register(sys.stdin.fileno(), zmq.POLLIN)
        self.stopped = self.ended = False
        print("ready", flush=True)

    def poll(self, timeout, flags=0):
        """Waits, and tells whether the socket is ready."""
        if flags:
            self.poller.register(self.socket, flags)
        events = dict(self.poller.poll(timeout))
        if sys.stdin.fileno() in events:
            line = sys.stdin.readline()
            self.ended = not line
            self.stopped = self.stopped or line == "stop\n"
        return self.socket in events

    def append(self, *numbers):
        os.write(self.record, struct.pack("<%dQ" % len(numbers), *numbers))


class Answerer(Backend):
    def __init__(self, args, kind):
        super().__init__(args, kind)
        self.record = os.open(args.record, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.delayed = kind == zmq.ROUTER
        self.due = collections.deque()

    def serve(self):
        while not self.ended:
            if self.poll(TICK if self.due else 1000, zmq.POLLIN):
                self.take()
            while self.due and self.due[0][0] <= time.monotonic():
                self.socket.send_multipart(self.due.popleft()[1])

    def take(self):
        while True:
            try:
                parts = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self.append(number(parts))
            if not self.delayed:
                self.socket.send_multipart(parts)
                return
            self.due.append((time.monotonic() + random.random() * DELAY, parts))


class Sink(Backend):
    def __init__(self, args):
        self.record = os.open(args.record, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        size = os.fstat(self.record).st_size
        self.generation = 1
        if size:
            self.generation += struct.unpack("<Q", os.pread(self.record, 8, size - 16))[0]
        super().__init__(args, zmq.PULL)

    def serve(self):
        while not self.ended:
            if self.poll(1000, zmq.POLLIN):
                self.append(self.generation, number(self.socket.recv_multipart()))


class Herald(Backend):
    def __init__(self, args):
        self.record = os.open(args.record, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        numbers = os.pread(self.record, os.fstat(self.record).st_size, 0)
        self.generation, self.last = 1, {}
        for generation, n in struct.iter_unpack("<2Q", numbers):
            self.generation = generation + 1
            self.last[n >> 20] = n
        self.heirs = {}
        super().__init__(args, zmq.ROUTER)
        self.socket.router_mandatory = 1
        self.socket.router_handover = args.handover
        self.socket.sndhwm = 1000

    def serve(self):
        start, sent, said = time.monotonic(), 0, False
        while not self.ended:
            if self.poll(TICK, zmq.POLLIN):
                name, *parts = self.socket.recv_multipart()
                self.heirs[name] = max(number(parts), self.heirs.get(name, 0))
            due = int((time.monotonic() - start) * self.args.rate)
            while not self.stopped and sent < due:
                sent += 1
                for name, heir in self.heirs.items():
                    self.send(name, heir)
            if self.stopped and not said:
                said = True
                print("stopped", flush=True)

    def send(self, name, heir):
        n = self.last.get(heir, heir << 20) + 1
        size = os.fstat(self.record).st_size
        self.append(self.generation, n)  # before sending, so that no number is used twice
        try:
            self.socket.send_multipart([name, b"%d %d" % (self.generation, n), filler(n)], zmq.NOBLOCK)
            self.last[heir] = n
        except zmq.ZMQError as error:  # nobody has this name at the moment, or no room
            if error.errno not in (zmq.EAGAIN, zmq.EHOSTUNREACH):
                raise
            os.ftruncate(self.record, size)


class Source(Backend):
    def __init__(self, args, kind):
        self.topics = args.topics.split(",")
        file = os.open(args.record, os.O_RDWR | os.O_CREAT)
        os.ftruncate(file, 8 * (1 + len(self.topics)))
        self.state = memoryview(mmap.mmap(file, 0)).cast("Q")
        self.state[0] += 1
        super().__init__(args, kind)
        self.kind = kind

    def serve(self):
        start, sent = time.monotonic(), 0
        said = False
        while not self.ended:
            self.poll(TICK)
            due = int((time.monotonic() - start) * self.args.rate)
            while not self.stopped and sent < due and self.send(sent % len(self.topics)):
                sent += 1
            if due - sent > self.args.rate:  # for a second nobody has taken messages; they are not sent later
                start, sent = time.monotonic(), 0
            if self.stopped and not said:
                said = True
                for i in range(self.args.burst):
                    self.send(i % len(self.topics))
                print("stopped", flush=True)

    def send(self, topic):
        n = self.state[1 + topic] + 1
        parts = [b"%d %d" % (self.state[0], n), filler(n)]
        if self.kind == zmq.PUB:
            parts.insert(0, self.topics[topic].encode())
        self.state[1 + topic] = n  # set before sending: a message that a kill prevents is missing then, and no number is used twice
        try:
            self.socket.send_multipart(parts, zmq.NOBLOCK)
        except zmq.Again:
            self.state[1 + topic] = n - 1
            return False
        return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["rep", "router", "pull", "pub", "push", "herald"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--record", required=True)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--topics", default="")
    parser.add_argument("--burst", type=int, default=0)
    parser.add_argument("--handover", action="store_true")
    parser.add_argument("--heartbeat", action="store_true")
    args = parser.parse_args()
    if args.role in ("rep", "router"):
        backend = Answerer(args, getattr(zmq, args.role.upper()))
    elif args.role == "pull":
        backend = Sink(args)
    elif args.role == "herald":
        backend = Herald(args)
    else:
        backend = Source(args, getattr(zmq, args.role.upper()))
    backend.serve()


main()
