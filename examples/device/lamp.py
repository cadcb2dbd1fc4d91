#!/usr/bin/env python3
"""A lamp. It connects with its name as its identity, says how it is every second, and does what it is told."""

import argparse
import json

import zmq


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="such as lamp-1")
    name = parser.parse_args().name
    lit = False
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.identity, socket.linger = name.encode(), 0
        socket.connect("tcp://127.0.0.1:10091")
        while True:
            socket.send_json({"lit": lit})
            if socket.poll(1000):
                lit = json.loads(socket.recv())["lit"] is True
                print(f"{name} is {'on' if lit else 'off'}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
