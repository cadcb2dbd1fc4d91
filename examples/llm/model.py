#!/usr/bin/env python3
"""A very small language model, which answers word by word. Put yours in the place of complete."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import defaultdict
from pathlib import Path
from typing import AsyncIterator

import zmq.asyncio

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))
from streams import StreamServer  # noqa: E402

TEXT = """a page opens a socket and the bridge carries it to a backend . the backend answers the page and the page shows the answer .
a socket that is slow gets the last message and a backend that is gone comes back . the bridge tells the page what is missing ."""


class Model(StreamServer):
    def __init__(self) -> None:
        self._after: dict[str, list[str]] = defaultdict(list)
        words = TEXT.split()
        for word, following in zip(words, words[1:]):
            self._after[word].append(following)

    async def complete(self, prompt: str, *, words: int = 50) -> AsyncIterator[str]:
        """Goes on where the prompt ends."""
        word = (prompt.lower().split() or ["."])[-1]
        try:
            for _ in range(min(words, 500)):
                word = random.choice(self._after.get(word) or ["the"])
                yield word
                await asyncio.sleep(0.05)  # thinks
        finally:
            print("done, or stopped", flush=True)


async def main() -> None:
    with zmq.asyncio.Context() as context, context.socket(zmq.ROUTER) as socket:
        socket.linger = 0
        socket.bind("tcp://127.0.0.1:10061")
        print("model: ROUTER on port 10061", flush=True)
        await Model().serve_router(socket)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
