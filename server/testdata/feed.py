"""A libzmq PUB that numbers its messages.

Usage: feed.py [PORT]

It binds and prints "port N". Then it obeys lines of JSON on stdin: {"topics": ["a", "b"], "from": 1, "count": 10} publishes
the messages [topic, number], topic by topic in turn; with "rate" so many a second, with "size" with a third part of so
many bytes. It prints "done" after each and ends with stdin.
"""

import json
import sys
import time

import zmq

context = zmq.Context()
pub = context.socket(zmq.PUB)
pub.linger = 0
pub.sndhwm = 0
pub.bind("tcp://127.0.0.1:%s" % (sys.argv[1] if len(sys.argv) > 1 else "*"))
print("port", pub.getsockopt(zmq.LAST_ENDPOINT).decode().rstrip("\0").rpartition(":")[2], flush=True)
for line in sys.stdin:
    command = json.loads(line)
    topics = [topic.encode() for topic in command["topics"]]
    rest = [bytes(command["size"])] if "size" in command else []
    begun = time.monotonic()
    for i in range(command["count"]):
        pub.send_multipart([topics[i % len(topics)], b"%d" % (command["from"] + i)] + rest)
        if "rate" in command:
            time.sleep(max(0, begun + (i + 1) / command["rate"] - time.monotonic() - 0.001))
    print("done", flush=True)
context.destroy(linger=0)
