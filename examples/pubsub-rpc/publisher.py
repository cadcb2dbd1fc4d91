#!/usr/bin/env python3
"""Calls the functions move(x, y) and show(text) of every page that is subscribed."""

import argparse
import math
import sys
import time
from pathlib import Path

import zmq

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))
from rpc import PubSubRPCClient  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="tcp://127.0.0.1:10006", help="where to bind (default: %(default)s)")
    address = parser.parse_args().address

    with zmq.Context() as context, context.socket(zmq.PUB) as socket:
        socket.linger = 0
        try:
            socket.bind(address)
        except zmq.ZMQError as err:
            sys.exit(f"{address}: {err}")
        print(f"publisher: PUB on {address}", flush=True)
        pages = PubSubRPCClient(socket)
        for step in range(sys.maxsize):
            angle = step / 20
            pages.rpc("move", round(100 + 80 * math.cos(angle), 1), round(50 + 40 * math.sin(angle), 1))
            if step % 20 == 0:
                pages.rpc("show", f"It is {time.strftime('%H:%M:%S')} at the publisher.")
            time.sleep(0.05)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
