#!/usr/bin/env python3
"""Asks a page: a ZeroMQ REQ to where the bridge has bound the REP sockets of pages, and prints the answer.

The last part names the page, by the identity of its REP socket. Without one, some page answers.
"""

import argparse
import sys

import zmq


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", nargs="?", default="hello page", help="what to ask (default: %(default)s)")
    parser.add_argument("--identity", help="of the page's socket: rep.identity in the page")
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
