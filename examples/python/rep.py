#!/usr/bin/env python3
"""A ZeroMQ REP that echoes: its answer to a request is the request itself. It knows nothing of bridges and pages."""

import argparse
import sys

import zmq


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="tcp://127.0.0.1:10001", help="where to bind (default: %(default)s)")
    address = parser.parse_args().address

    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        socket.linger = 0
        try:
            socket.bind(address)
        except zmq.ZMQError as err:
            sys.exit(f"{address}: {err}")
        print(f"echo: REP on {address}", flush=True)
        while True:
            socket.send_multipart(socket.recv_multipart())


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
