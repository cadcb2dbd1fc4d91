"""Prints what is in a recording of zwb record, one line a message. Needs python3-zstandard.

Usage: read.py FILE
"""

import json
import struct
import sys
import zlib

import zstandard

HEADER, ENTRY = struct.Struct("<4s5I2q3I"), struct.Struct("<IqHB")


def entries(path):
    """Yields time in ns, name of the source, and a list of parts, or a number: so many messages are missing."""
    with open(path, "rb") as file:
        assert file.read(8) == b"ZWBREC1\n", "it is no recording"
        while len(head := file.read(HEADER.size)) == HEADER.size:
            magic, summary, packed, size, *_, summary_check, check, head_check = HEADER.unpack(head)
            if magic != b"ZBLK" or zlib.crc32(head[:48]) != head_check:
                break  # the index begins, or the recorder was killed here
            summary, packed = file.read(summary), file.read(packed)
            if zlib.crc32(summary) != summary_check or zlib.crc32(packed) != check:
                continue  # damaged, or cut
            sources, body, at = json.loads(summary)["sources"], zstandard.decompress(packed, max_output_size=size), 0
            while at < len(body):
                length, time, source, kind = ENTRY.unpack_from(body, at)
                content, at = body[at + ENTRY.size : at + ENTRY.size + length], at + ENTRY.size + length
                if kind == 1:
                    yield time, sources[source]["name"], int.from_bytes(content[:8], "little")
                elif kind == 0:
                    parts = []
                    while content:
                        end = 4 + int.from_bytes(content[:4], "little")
                        parts, content = parts + [content[4:end]], content[end:]
                    yield time, sources[source]["name"], parts


if __name__ == "__main__":
    for entry in entries(sys.argv[1]):
        print(*entry)
