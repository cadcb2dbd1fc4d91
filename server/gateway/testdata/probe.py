"""A libzmq socket of every type, bound, for the tests of Probe.

Prints "ready", then two lines of JSON: what each is called and its port, and the CURVE keys of the server, public, and of
the one client it admits, secret. It ends with stdin. The types that send to whoever connects have a message ready that
waits for somebody.
"""

import json
import sys
import threading

import zmq
from zmq.utils import z85

context = zmq.Context()
server_public, server_secret = zmq.curve_keypair()
client_public, client_secret = zmq.curve_keypair()
ports = {}


def authenticate(zap):
    """The handler of https://rfc.zeromq.org/spec/27/."""
    while True:
        version, request, _, _, _, mechanism, *credentials = zap.recv_multipart()
        if mechanism == b"CURVE":
            admitted = z85.encode(credentials[0]) == client_public
        else:
            admitted = credentials == [b"hugo", b"secret"]
        zap.send_multipart([version, request, b"200" if admitted else b"400", b"", b"", b""])


def bound(name, kind, **options):
    s = context.socket(kind)
    s.linger = 0
    for option, value in options.items():
        setattr(s, option, value)
    ports[name] = s.bind_to_random_port("tcp://127.0.0.1")
    return s


handler = context.socket(zmq.REP)
handler.bind("inproc://zeromq.zap.01")
threading.Thread(target=authenticate, args=(handler,), daemon=True).start()

sockets = [
    bound("REP", zmq.REP),
    bound("ROUTER", zmq.ROUTER, routing_id=b"me"),
    bound("PUB", zmq.PUB),
    bound("XPUB", zmq.XPUB),
    bound("SUB", zmq.SUB, subscribe=b""),
    bound("XSUB", zmq.XSUB),
    bound("PULL", zmq.PULL),
    bound("STREAM", zmq.STREAM),
    bound("NULL behind ZAP", zmq.REP, zap_domain=b"test"),
    bound("CURVE REP", zmq.REP, curve_server=True, curve_secretkey=server_secret, zap_domain=b"test"),
]
sockets += [bound("PLAIN " + name, getattr(zmq, name), plain_server=True) for name in ("REP", "XPUB", "PULL", "SUB", "PUSH")]
waiting = [bound(name, getattr(zmq, name)) for name in ("PUSH", "DEALER", "REQ", "PAIR")]
for s in waiting:
    threading.Thread(target=s.send, args=(b"work",), daemon=True).start()

print("ready")
print(json.dumps(ports))
print(json.dumps({"server": server_public.decode(), "client": client_secret.decode()}), flush=True)
sys.stdin.read()
