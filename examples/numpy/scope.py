#!/usr/bin/env python3
"""Publishes arrays of NumPy: what an oscilloscope with two channels sees."""

import time

import numpy
import zmq

SAMPLES, PER_SECOND = 512, 25


def send_array(socket: zmq.Socket, topic: bytes, array: numpy.ndarray) -> None:
    """As in the documentation of pyzmq, with a topic before it."""
    socket.send(topic, zmq.SNDMORE)
    socket.send_json({"dtype": str(array.dtype), "shape": array.shape}, zmq.SNDMORE)
    socket.send(numpy.ascontiguousarray(array), copy=False)


def main() -> None:
    with zmq.Context() as context, context.socket(zmq.PUB) as socket:
        socket.linger = 0
        socket.bind("tcp://127.0.0.1:10051")
        print("scope: PUB on port 10051", flush=True)
        x = numpy.linspace(0, 4 * numpy.pi, SAMPLES)
        while True:
            phase = time.monotonic()
            noise = numpy.random.normal(0, 0.03, (2, SAMPLES))
            send_array(socket, b"voltage", numpy.stack([numpy.sin(x + phase), numpy.cos(3 * x - phase) / 2]) + noise)
            time.sleep(1 / PER_SECOND)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
