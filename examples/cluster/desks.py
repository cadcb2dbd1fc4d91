#!/usr/bin/env python3
"""Calls pages by their names, whichever bridge they are at: a ROUTER to which all bridges connect, and which knows each page by its identity."""

from __future__ import annotations

import argparse
import itertools
import json
import time

import zmq

SILENCE = 5  # seconds, after which a desk that was not heard of is not asked any more


def listening(context: zmq.Context, address: str) -> zmq.Socket:
    """A ROUTER that says when nobody has the name it is to send to."""
    socket = context.socket(zmq.ROUTER)
    socket.linger = 0
    socket.router_mandatory = True
    socket.router_handover = True  # a page that comes back at another bridge has its name at once, also when the old bridge stands still
    socket.bind(address)
    return socket


def heard(socket: zmq.Socket, patience: float) -> tuple[str, dict] | None:
    """What a desk says. None: nobody has said anything in time, or nothing that is understood."""
    if not socket.poll(patience * 1000):
        return None
    name, *_, body = socket.recv_multipart()
    try:
        said = json.loads(body)
        return name.decode(), said if isinstance(said, dict) else {}
    except ValueError:  # pages are strangers, and may send anything
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="tcp://127.0.0.1:10063", help="where to bind (default: %(default)s)")
    parser.add_argument("--interval", type=float, default=1, help="seconds between questions (default: %(default)s)")
    args = parser.parse_args()
    last: dict[str, float] = {}  # when each desk was last heard of
    with zmq.Context() as context, listening(context, args.address) as socket:
        print(f"desks: ROUTER on {args.address}", flush=True)
        for question in itertools.count(1):
            now = time.monotonic()
            last = {name: then for name, then in last.items() if now - then < SILENCE}
            for name in last:
                try:
                    socket.send_multipart([name.encode(), json.dumps({"question": question}).encode()])
                except zmq.ZMQError as err:
                    print(f"{name} is not there: {err}", flush=True)
            while (left := now + args.interval - time.monotonic()) > 0:
                if said := heard(socket, left):
                    name, answer = said
                    last[name] = time.monotonic()
                    if "question" in answer:
                        print(f"{name}: question {answer['question']} answered by {answer.get('page')} at {answer.get('bridge')}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
