#!/usr/bin/env python3
"""Has pages find the prime factors of numbers: jobs go out over a PUSH, and results come in over a PULL."""

from __future__ import annotations

import argparse
import math
import random
import time
from typing import Iterator

import zmq

PATIENCE = 5.0  # seconds, after which a job is given to another page


def farm(jobs: zmq.Socket, results: zmq.Socket, numbers: list[int]) -> Iterator[dict]:
    """Yields the result of each number. A page that was closed takes its job with it, so a job that is not done in time is sent again."""
    due = {number: 0.0 for number in numbers}
    while due:
        number = min(due, key=due.get)
        if due[number] <= time.monotonic() and jobs.poll(0, zmq.POLLOUT):
            jobs.send_json(number)
            due[number] = time.monotonic() + PATIENCE
        elif results.poll(20):
            result = results.recv_json()
            if math.prod(result["factors"]) == result["number"] and due.pop(result["number"], None):
                yield result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many numbers (default: %(default)s)")
    numbers = random.sample(range(10**12, 10**13), parser.parse_args().count)
    with zmq.Context() as context, context.socket(zmq.PUSH) as jobs, context.socket(zmq.PULL) as results:
        jobs.sndhwm, jobs.linger = 1, 0  # jobs wait here, and not in the queue of a page that may be slow
        jobs.bind("tcp://127.0.0.1:10031")
        results.bind("tcp://127.0.0.1:10032")
        print("ventilator: PUSH on port 10031, PULL on port 10032", flush=True)
        for result in farm(jobs, results, numbers):
            print(f"{result['number']} = {' * '.join(map(str, result['factors']))}, says {result['worker']}", flush=True)
    print("all done", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
