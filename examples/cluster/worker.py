#!/usr/bin/env python3
"""A REP that answers requests of pages: it squares numbers."""

import argparse
import json

import zmq


def answer(body: bytes) -> dict:
    try:
        number = json.loads(body)["number"]
        return {"number": number, "square": number * number}
    except (ValueError, KeyError, TypeError) as err:  # pages are strangers, and may send anything
        return {"error": repr(err)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="tcp://127.0.0.1:10062", help="where to bind (default: %(default)s)")
    address = parser.parse_args().address
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        socket.linger = 0
        socket.bind(address)
        print(f"worker: REP on {address}", flush=True)
        while True:
            socket.send_json(answer(socket.recv()))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
