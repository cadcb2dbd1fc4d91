#!/usr/bin/env python3
"""A REP that knows who asks: the bridge tells it, and proves it with a key that both have. It needs pyzmq."""

import argparse
import hashlib
import hmac
import json
import time

import zmq


def caller(parts: list[bytes], key: bytes, age: float = 60) -> tuple[dict, list[bytes]]:
    """Who sent these parts, and what. ValueError: it was not the bridge, or it was too long ago."""
    if len(parts) < 3:
        raise ValueError("nobody says who calls")
    who, proof, *message = parts
    body = hashlib.sha256()
    for part in message:
        body.update(len(part).to_bytes(8, "big") + part)
    if not hmac.compare_digest(hmac.new(key, who + body.digest(), "sha256").hexdigest().encode(), proof):
        raise ValueError("this does not come from the bridge")
    said = json.loads(who)
    if abs(time.time() - said["time"] / 1000) > age:
        raise ValueError("this was said too long ago")
    return said, message


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="tcp://127.0.0.1:10006", help="where to bind (default: %(default)s)")
    parser.add_argument("--key", default="caller.key", help="file with the key (default: %(default)s)")
    args = parser.parse_args()
    with open(args.key, "rb") as file:
        key = file.read()
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        socket.linger = 0
        socket.bind(args.address)
        print(f"caller: REP on {args.address}", flush=True)
        while True:
            try:
                who, message = caller(socket.recv_multipart(), key)
                socket.send(f"{who['user'] or 'somebody'} said {b' '.join(message).decode()}".encode())
            except ValueError as mistake:
                socket.send(f"refused: {mistake}".encode())


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
