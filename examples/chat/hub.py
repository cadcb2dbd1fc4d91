#!/usr/bin/env python3
"""A chat: what pages push is checked, gets the time, and is published to all pages that are in the room."""

import json
import time

import zmq


def line(body: bytes) -> bytes:
    """What a page has said, as others may see it. Pages are strangers: whatever is not a name and a text is left out."""
    said = json.loads(body)
    name, text = str(said["name"])[:20], str(said["text"])[:500]
    return json.dumps({"name": name, "text": text, "time": int(time.time() * 1000)}).encode()


def main() -> None:
    with zmq.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUB) as pub:
        pull.bind("tcp://127.0.0.1:10021")
        pub.bind("tcp://127.0.0.1:10022")
        print("chat: PULL on port 10021, PUB on port 10022", flush=True)
        while True:
            try:
                room, body = pull.recv_multipart()
                pub.send_multipart([b"room." + room, line(body)])
            except (ValueError, KeyError, TypeError) as err:
                print(f"left out: {err!r}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
