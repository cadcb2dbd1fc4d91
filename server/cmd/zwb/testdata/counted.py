"""A libzmq PUB that counts as bitcoind does, or as vLLM does, and loses what it is told to lose.

Usage: counted.py bitcoind|vllm [PORT REPLAYPORT]

It binds and prints its ports. Then it obeys lines of JSON on stdin:

{"topic": "hashblock", "seq": 5}  bitcoind: [topic, 32 bytes, the number of that topic, u32 little endian]
{"seq": 5}                        vllm: [topic, the number, u64 big endian, msgpack], and kept for replay
{"seq": 5, "lost": true}          vllm: it is kept, and not sent
{"seq": 5, "gone": true}          vllm: it is neither
{"mute": true}                    vllm: the replay does not answer any more, but with {"mute": false}

It prints "done" after each. The ROUTER of vllm is asked with a number, as by a REQ, and answers with all that it has from there on,
[number, msgpack] each, and in the end with -1 and nothing.
"""

import json
import struct
import sys

import zmq

TOPIC = b"kv-events"
role, ports = sys.argv[1], sys.argv[2:] or ["*", "*"]
context = zmq.Context()
pub, replay = context.socket(zmq.PUB), context.socket(zmq.ROUTER)
for socket, port in zip((pub, replay), ports):
    socket.linger = 0
    socket.bind("tcp://127.0.0.1:%s" % port)
print(*(s.getsockopt(zmq.LAST_ENDPOINT).decode().rstrip("\0").rpartition(":")[2] for s in (pub, replay)), flush=True)
buffer, mute = [], False


def batch(seq):
    """A batch of events as msgpack: [time, [], None]."""
    return b"\x93\xcb" + struct.pack(">d", seq) + b"\x90\xc0"


def obey(command):
    global mute
    mute = command.get("mute", mute)
    if "seq" not in command:
        return
    seq = command["seq"]
    if role == "bitcoind":
        pub.send_multipart([command["topic"].encode(), bytes(32), struct.pack("<I", seq)])
        return
    if "gone" in command:
        return
    buffer.append((seq, batch(seq)))
    if "lost" not in command:
        pub.send_multipart([TOPIC, seq.to_bytes(8, "big"), batch(seq)])


def answer():
    client, empty, start = replay.recv_multipart()
    if mute:
        return
    for seq, payload in buffer:
        if seq >= int.from_bytes(start, "big"):
            replay.send_multipart([client, empty, seq.to_bytes(8, "big"), payload])
    replay.send_multipart([client, empty, (-1).to_bytes(8, "big", signed=True), b""])


poller = zmq.Poller()
poller.register(sys.stdin.fileno(), zmq.POLLIN)
poller.register(replay, zmq.POLLIN)
stdin = open(sys.stdin.fileno(), "rb", buffering=0)
while True:
    ready = dict(poller.poll())
    if replay in ready:
        answer()
    if stdin.fileno() in ready:
        line = stdin.readline()
        if not line:
            break
        obey(json.loads(line))
        print("done", flush=True)
context.destroy(linger=0)
