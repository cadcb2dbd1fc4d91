#!/usr/bin/env python3
"""Has pages find the prime factors of numbers: jobs go out over a PUSH, and results come in over a PULL."""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from typing import Iterator

import zmq

WINDOW = 16  # jobs that are under way at a time: the network alone would hold thousands of them for one page


def checked(body: bytes) -> dict:
    """A result that is right. Pages are strangers, and may send anything."""
    result = json.loads(body)
    if math.prod(result["factors"]) != result["number"]:
        raise ValueError(f"{result['number']} is something else")
    return result


def farm(jobs: zmq.Socket, results: zmq.Socket, numbers: list[int], patience: float) -> Iterator[dict]:
    """Yields the result of each number. A page that is closed takes its jobs with it, so one that is not done in time is sent again."""
    waiting, under_way = list(numbers), {}  # the latter with the time until which the result has to come
    while waiting or under_way:
        for number in [n for n, until in under_way.items() if until < time.monotonic()]:
            del under_way[number]
            waiting.append(number)
        if waiting and len(under_way) < WINDOW and jobs.poll(0, zmq.POLLOUT):
            number = waiting.pop()
            jobs.send_json(number)
            under_way[number] = time.monotonic() + patience
        elif results.poll(20):
            try:
                result = checked(results.recv())
                if under_way.pop(result["number"], None):
                    yield result
            except (ValueError, KeyError, TypeError) as err:
                print(f"left out: {err!r}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many numbers (default: %(default)s)")
    parser.add_argument("--patience", type=float, default=5, help="seconds, after which a job is sent again (default: %(default)s)")
    args = parser.parse_args()
    numbers = random.sample(range(10**12, 10**13), args.count)
    with zmq.Context() as context, context.socket(zmq.PUSH) as jobs, context.socket(zmq.PULL) as results:
        jobs.linger = 0
        jobs.bind("tcp://127.0.0.1:10031")
        results.bind("tcp://127.0.0.1:10032")
        print("ventilator: PUSH on port 10031, PULL on port 10032", flush=True)
        for result in farm(jobs, results, numbers, args.patience):
            print(f"{result['number']} = {' * '.join(map(str, result['factors']))}, says {result.get('worker')}", flush=True)
    print("all done", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
