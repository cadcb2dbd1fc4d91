"""A libzmq REP that echoes, behind PLAIN or CURVE. Prints "port N"; behind CURVE then "key K", its public key in Z85.

Usage: secure.py plain USER PASSWORD | secure.py curve CLIENT_PUBLIC_KEY
"""

import sys
import tempfile

import zmq
import zmq.auth
from zmq.auth.thread import ThreadAuthenticator

mechanism = sys.argv[1]
context = zmq.Context()
authenticator = ThreadAuthenticator(context)
authenticator.start()
rep = context.socket(zmq.REP)
rep.linger = 0
public = b""
if mechanism == "plain":
    authenticator.configure_plain(domain="*", passwords={sys.argv[2]: sys.argv[3]})
    rep.plain_server = True
else:
    public, secret = zmq.curve_keypair()
    keys = tempfile.TemporaryDirectory()  # read by the authenticator's thread, some time
    with open(keys.name + "/client.key", "w") as f:
        f.write('metadata\ncurve\n    public-key = "%s"\n' % sys.argv[2])
    authenticator.configure_curve(domain="*", location=keys.name)
    rep.curve_server = True
    rep.curve_secretkey = secret
    rep.curve_publickey = public
rep.bind("tcp://127.0.0.1:*")
print("port", rep.getsockopt(zmq.LAST_ENDPOINT).decode().rstrip("\0").rpartition(":")[2], flush=True)
print("key", public.decode(), flush=True)
poller = zmq.Poller()
poller.register(rep, zmq.POLLIN)
poller.register(sys.stdin.fileno(), zmq.POLLIN)
while sys.stdin.fileno() not in dict(poller.poll()):
    rep.send_multipart(rep.recv_multipart())
authenticator.stop()
context.destroy(linger=0)
