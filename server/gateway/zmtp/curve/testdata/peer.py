"""ZeroMQ peers with CURVE for the tests: libzmq as anybody would use it.

Usage: peer.py echo TYPE [--heartbeat MS] [--admit=KEY] [--null] | publish | ask PORT --server=KEY

A peer that binds prints its port and its public key first; one that asks prints the sizes of what it is answered. It
ends with stdin.
"""

import argparse
import os
import sys
import threading

import zmq
import zmq.auth.thread

context = zmq.Context()
authenticator = zmq.auth.thread.ThreadAuthenticator(context)  # stops with its last reference


class Provider:
    """Admits one client. Keys are in Z85."""

    def __init__(self, key):
        self.key = key

    def callback(self, domain, key):
        return key == self.key


def bound(args, kind):
    if args.admit:
        authenticator.start()
        authenticator.configure_curve_callback(domain="test", credentials_provider=Provider(args.admit.encode()))
    s = context.socket(kind)
    s.linger = 0
    s.sndhwm = s.rcvhwm = 0
    if args.heartbeat:
        s.setsockopt(zmq.HEARTBEAT_IVL, args.heartbeat)
        s.setsockopt(zmq.HEARTBEAT_TIMEOUT, 5 * args.heartbeat)
    public, secret = zmq.curve_keypair()
    if not args.null:
        s.curve_server = True
        s.curve_secretkey = secret
        s.zap_domain = b"test"
    port = s.bind_to_random_port("tcp://127.0.0.1")
    print(port, public.decode(), flush=True)
    return s


def echo(args):
    """Sends back whatever comes: ROUTER, REP, PAIR."""
    s = bound(args, getattr(zmq, args.rest[0]))
    while True:
        s.send_multipart(s.recv_multipart(copy=False), copy=False)


def publish(args):
    """Answers each subscription with messages of all sizes, the last one of which is empty."""
    s = bound(args, zmq.XPUB)
    while True:
        topic = s.recv()[1:]
        for size in (1, 221, 222, 223, 255, 256, 16 << 10, 1 << 20, 0):
            s.send_multipart([topic, bytes(size)])


def ask(args):
    s = context.socket(zmq.REQ)
    s.linger = 0
    s.rcvtimeo = 10_000
    s.curve_publickey, s.curve_secretkey = zmq.curve_keypair()
    s.curve_serverkey = args.server.encode()
    s.connect("tcp://127.0.0.1:" + args.rest[0])
    s.send_multipart([b"question", b"", bytes(100_000)])
    print(*(len(part) for part in s.recv_multipart()), flush=True)


def end_with_stdin():
    sys.stdin.read()
    os._exit(0)


parser = argparse.ArgumentParser()
parser.add_argument("role", choices=["echo", "publish", "ask"])
parser.add_argument("rest", nargs="*")
parser.add_argument("--heartbeat", type=int)
parser.add_argument("--admit")
parser.add_argument("--null", action="store_true")
parser.add_argument("--server")
args = parser.parse_args()
threading.Thread(target=end_with_stdin, daemon=True).start()
globals()[args.role](args)
