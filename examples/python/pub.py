#!/usr/bin/env python3
"""A ZeroMQ PUB with topics. A message has two parts, the topic and JSON. The topics are time, fx.EURUSD and fx.GBPUSD."""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from datetime import datetime, timezone

import zmq


def publish(socket: zmq.Socket, topic: str, body: dict[str, object]) -> None:
    socket.send_multipart([topic.encode(), json.dumps(body).encode()])


def tick(socket: zmq.Socket, rates: dict[str, float]) -> None:
    """Moves each rate by a small random amount, and publishes the rates and the time."""
    now = datetime.now(timezone.utc)
    publish(socket, "time", {"time": now.isoformat()})
    for pair in rates:
        rates[pair] *= 1 + random.uniform(-2.5e-4, 2.5e-4)
        bid = round(rates[pair], 5)
        publish(socket, "fx." + pair, {"bid": bid, "ask": round(bid + 1e-4, 5), "time": int(now.timestamp() * 1000)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="tcp://127.0.0.1:10002", help="where to bind (default: %(default)s)")
    parser.add_argument("--interval", type=float, default=0.2, help="seconds between ticks (default: %(default)s)")
    args = parser.parse_args()

    with zmq.Context() as context, context.socket(zmq.PUB) as socket:
        socket.linger = 0
        try:
            socket.bind(args.address)
        except zmq.ZMQError as err:
            sys.exit(f"{args.address}: {err}")
        print(f"ticker: PUB on {args.address}", flush=True)
        rates = {"EURUSD": 1.1, "GBPUSD": 1.3}
        while True:
            tick(socket, rates)
            time.sleep(args.interval)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
