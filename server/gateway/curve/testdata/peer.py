"""ZeroMQ peers with CURVE for the tests: libzmq as anybody would use it.

Usage: peer.py echo TYPE | publish | ask PORT SERVERKEY [--heartbeat MS] [--admit KEY]

A peer that binds prints its port and its public key first; it ends with stdin. One that asks prints the answer.
"""

import argparse
import sys
import threading

import zmq
import zmq.auth.thread

context = zmq.Context()


class Provider:
    """Admits one client. Keys are in Z85."""

    def __init__(self, key):
        self.key = key

    def callback(self, domain, key):
        return key == self.key


def bound(args, kind):
    if args.admit:
        authenticator = zmq.auth.thread.ThreadAuthenticator(context)
        authenticator.daemon = True
        authenticator.start()
        authenticator.configure_curve_callback(domain="*", credentials_provider=Provider(args.admit.encode()))
    s = context.socket(kind)
    s.linger = 0
    s.sndhwm = s.rcvhwm = 0
    if args.heartbeat:
        s.setsockopt(zmq.HEARTBEAT_IVL, args.heartbeat)
    public, secret = zmq.curve_keypair()
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
    port, key = args.rest
    s = context.socket(zmq.REQ)
    s.linger = 0
    s.rcvtimeo = 10_000
    s.curve_publickey, s.curve_secretkey = zmq.curve_keypair()
    s.curve_serverkey = key.encode()
    s.connect("tcp://127.0.0.1:" + port)
    s.send_multipart([b"question", b"", bytes(100_000)])
    print(*(len(part) for part in s.recv_multipart()), flush=True)


parser = argparse.ArgumentParser()
parser.add_argument("role", choices=["echo", "publish", "ask"])
parser.add_argument("rest", nargs="*")
parser.add_argument("--heartbeat", type=int, default=0)
parser.add_argument("--admit")
args = parser.parse_args()
threading.Thread(target=globals()[args.role], args=(args,), daemon=True).start()
sys.stdin.read()
