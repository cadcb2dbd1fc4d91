#!/usr/bin/env python3
"""A PUB of made-up prices. Each message has a number, one more than the one before, so that whoever gets them can count what is missing."""

import argparse
import itertools
import json
import random
import time

import zmq


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="tcp://127.0.0.1:10061", help="where to bind (default: %(default)s)")
    parser.add_argument("--interval", type=float, default=0.02, help="seconds between messages (default: %(default)s)")
    args = parser.parse_args()
    rates = {"EURUSD": 1.1, "GBPUSD": 1.3, "USDJPY": 150.0}
    with zmq.Context() as context, context.socket(zmq.PUB) as socket:
        socket.linger = 0
        socket.bind(args.address)
        print(f"prices: PUB on {args.address}", flush=True)
        for number, pair in enumerate(itertools.cycle(rates)):
            rates[pair] *= 1 + random.uniform(-2.5e-4, 2.5e-4)
            socket.send_multipart([f"fx.{pair}".encode(), json.dumps({"number": number, "price": round(rates[pair], 5)}).encode()])
            time.sleep(args.interval)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
