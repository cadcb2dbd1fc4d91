"""A libzmq REP that echoes, behind PLAIN or CURVE; or a SUB to two prefixes, a short and a long one, that says how many
bytes there are in what it gets. Prints "port N", then "key K", with CURVE its public key in Z85.

Usage: secure.py plain USER PASSWORD [sub] | secure.py curve CLIENT_PUBLIC_KEY [sub]
"""

import json
import sys
import tempfile

import zmq
import zmq.auth
from zmq.auth.thread import ThreadAuthenticator

mechanism = sys.argv[1]
context = zmq.Context()
authenticator = ThreadAuthenticator(context)
authenticator.start()
socket = context.socket(zmq.SUB if sys.argv[-1] == "sub" else zmq.REP)
socket.linger = 0
public = b""
if mechanism == "plain":
    authenticator.configure_plain(domain="*", passwords={sys.argv[2]: sys.argv[3]})
    socket.plain_server = True
else:
    public, secret = zmq.curve_keypair()
    keys = tempfile.TemporaryDirectory()  # read by the authenticator's thread, some time
    with open(keys.name + "/client.key", "w") as f:
        f.write('metadata\ncurve\n    public-key = "%s"\n' % sys.argv[2])
    authenticator.configure_curve(domain="*", location=keys.name)
    socket.curve_server = True
    socket.curve_secretkey = secret
    socket.curve_publickey = public
if sys.argv[-1] == "sub":
    socket.subscribe("fx.")
    socket.subscribe("l" * 20000)
socket.bind("tcp://127.0.0.1:*")
print("port", socket.getsockopt(zmq.LAST_ENDPOINT).decode().rstrip("\0").rpartition(":")[2], flush=True)
print("key", public.decode(), flush=True)
poller = zmq.Poller()
poller.register(socket, zmq.POLLIN)
poller.register(sys.stdin.fileno(), zmq.POLLIN)
while sys.stdin.fileno() not in dict(poller.poll()):
    parts = socket.recv_multipart()
    if socket.type == zmq.SUB:
        print(json.dumps([str(len(part)) for part in parts]), flush=True)
    else:
        socket.send_multipart(parts)
authenticator.stop()
context.destroy(linger=0)
