#!/usr/bin/env python3
"""Sends a request to a page, and prints the answer.

It is a ZeroMQ REQ, which connects to the address where the bridge listens on behalf of pages with a REP socket. The last part
of the request is the identity of the REP socket that shall answer. Without an identity, any of these pages answers.
"""

import argparse
import sys

import zmq


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", nargs="?", default="hello page", help="what to ask (default: %(default)s)")
    parser.add_argument("--identity", help="identity of the page's REP socket, which is rep.identity in the page")
    parser.add_argument("--address", default="tcp://127.0.0.1:10003", help="where to connect (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=10, help="seconds to wait for the answer (default: %(default)s)")
    args = parser.parse_args()

    request = [args.text.encode()]
    if args.identity:
        request.append(args.identity.encode())
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.linger = 0
        try:
            socket.connect(args.address)
        except zmq.ZMQError as err:
            sys.exit(f"{args.address}: {err}")
        socket.send_multipart(request)
        if not socket.poll(args.timeout * 1000):
            sys.exit(f"no page answered within {args.timeout:g} s")
        print(socket.recv_multipart()[-1].decode(errors="replace"))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
