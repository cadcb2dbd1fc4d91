#!/usr/bin/env python3
"""Publishes pictures as a camera does: a message has two parts, the name of the camera and a PNG."""

import math
import struct
import time
import zlib

import zmq

WIDTH, HEIGHT, RADIUS, PER_SECOND = 320, 240, 20, 25


def picture(angle: float) -> list[bytes]:
    """A ball that goes round in front of a wall, as rows of pixels of red, green and blue."""
    rows = []
    center_x, center_y = WIDTH / 2 + 100 * math.cos(angle), HEIGHT / 2 + 70 * math.sin(angle)
    for y in range(HEIGHT):
        row = bytearray(bytes((30, 40, 60 + y // 2)) * WIDTH)
        if (inside := RADIUS**2 - (y - center_y) ** 2) > 0:
            half = math.sqrt(inside)
            first, last = round(center_x - half), round(center_x + half)
            row[3 * first : 3 * last] = bytes((250, 200, 60)) * (last - first)
        rows.append(bytes(row))
    return rows


def png(rows: list[bytes]) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)  # 8 bits for each of the three colours
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def main() -> None:
    with zmq.Context() as context, context.socket(zmq.PUB) as socket:
        socket.linger = 0
        socket.bind("tcp://127.0.0.1:10041")
        print("camera: PUB on port 10041", flush=True)
        while True:
            socket.send_multipart([b"door", png(picture(time.monotonic()))])
            time.sleep(1 / PER_SECOND)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
