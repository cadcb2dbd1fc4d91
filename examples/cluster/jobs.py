#!/usr/bin/env python3
"""Calls pages, whichever bridge they are at: a DEALER that connects to all bridges, as ZeroMQ does. Each job is for any page."""

from __future__ import annotations

import argparse
import itertools
import json
import time

import zmq

BRIDGES = ["tcp://127.0.0.1:10070", "tcp://127.0.0.2:10070", "tcp://127.0.0.3:10070"]


def connected(context: zmq.Context, addresses: list[str]) -> zmq.Socket:
    """A DEALER that gives jobs to bridges that are there only, in turn."""
    socket = context.socket(zmq.DEALER)
    socket.linger = 0
    socket.immediate = True  # nothing waits for a bridge that is away
    socket.set(zmq.HEARTBEAT_IVL, 1000)  # and a bridge that stands still is away after four seconds
    socket.set(zmq.HEARTBEAT_TIMEOUT, 3000)
    for address in addresses:
        socket.connect(address)
    return socket


def call(socket: zmq.Socket, job: int, patience: float) -> tuple[dict, int]:
    """The answer to a job, and how often it was sent. A page that is closed takes its job with it: then another one gets it."""
    for attempt in itertools.count(1):
        socket.send_multipart([b"", json.dumps({"job": job}).encode()])  # waits until a page is there
        until = time.monotonic() + patience
        while (left := until - time.monotonic()) > 0 and socket.poll(left * 1000):
            body = socket.recv_multipart()[-1]
            try:
                answer = json.loads(body)
                if answer["job"] == job:  # and not the late answer to one before
                    return answer, attempt
            except (ValueError, KeyError, TypeError) as err:  # pages are strangers, and may send anything
                print(f"left out: {err!r}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("addresses", nargs="*", default=BRIDGES, help="where the bridges listen for jobs (default: %(default)s)")
    parser.add_argument("--interval", type=float, default=0.5, help="seconds between jobs (default: %(default)s)")
    parser.add_argument("--patience", type=float, default=2, help="seconds, after which a job is sent again (default: %(default)s)")
    args = parser.parse_args()
    with zmq.Context() as context, connected(context, args.addresses) as socket:
        print(f"jobs: DEALER, connects to {' '.join(args.addresses)}", flush=True)
        for job in itertools.count(1):
            answer, attempts = call(socket, job, args.patience)
            print(f"job {job}: done by {answer.get('page')} at {answer.get('bridge')}, sent {attempts} times", flush=True)
            time.sleep(args.interval)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
