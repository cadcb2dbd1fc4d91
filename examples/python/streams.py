#!/usr/bin/env python3
"""Streams of remote calls over ZeroMQ: StreamServer answers calls on a ROUTER, and sends the items of generators one by one.

You can use the class in programs of your own, together with rpc.py. If you run this file, it serves the functions add, count, tail
and status.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
import sys
from typing import Any, AsyncIterator, Iterator

import zmq
import zmq.asyncio

from rpc import RPCError, RPCServer, _parse

MOST = 1 << 20  # the credit that a stream has at most


class StreamServer(RPCServer):
    """Make a subclass of it, as of RPCServer. A method that is a generator is a stream, whether it is written with def or with
    async def. An async def method can be called, too. Everything runs in one event loop, but the generators that are written with
    def, each of whose steps runs in a thread.

    A caller grants credit for items; without it, the generator is not asked for more. A caller that has enough, or that is silent for
    too long, ends the generator: one with async def where it waits, the other at its next yield.
    """

    max_streams, max_streams_per_client, silence = 1000, 64, 90.0

    _reserved = (*RPCServer._reserved, "serve_router", "max_streams", "max_streams_per_client", "silence")

    async def serve_router(self, socket: zmq.asyncio.Socket) -> None:
        """Answers calls and sends streams, for ever. socket is a ROUTER."""
        socket.router_mandatory = True  # a full or broken connection must not drop items in silence
        self._socket = socket
        self._streams: dict[tuple[bytes, ...], _Stream] = {}
        try:
            while True:
                parts = await socket.recv_multipart()
                if b"" in parts[1:-1]:
                    self._receive(parts[: parts.index(b"", 1) + 1], parts[-1])
        finally:
            for stream in list(self._streams.values()):
                stream.task.cancel()

    def _receive(self, envelope: list[bytes], text: bytes) -> None:
        key = tuple(envelope)
        stream = self._streams.get(key)
        try:
            message = json.loads(text)
            name, credit = message.get("stream"), min(int(message.get("credit", 0)), MOST)
        except (ValueError, TypeError, AttributeError, RecursionError):
            message, name, credit = {}, None, 0
        if "funcname" in message or not {"stream", "credit", "cancel"} & set(message):
            self._begin(key, _Stream(self, envelope, text), stream)
        elif message.get("cancel") is True:
            if stream:
                stream.task.cancel()
        elif name is not None:
            self._begin(key, _Stream(self, envelope, text, message | {"funcname": name}, credit), stream)
        elif stream:
            stream.grant(credit)
        else:
            self._say(envelope, end="lost", error_msg="there is no such stream")

    def _begin(self, key: tuple[bytes, ...], stream: _Stream, other: _Stream | None) -> None:
        of_client = sum(1 for open_key in self._streams if open_key[0] == key[0])
        if other:
            stream.end("conflict", "there is a stream with this id")
        elif len(self._streams) >= self.max_streams or of_client >= self.max_streams_per_client:
            stream.end("busy", "too many streams and calls are open")
        else:
            self._streams[key] = stream
            stream.task = asyncio.create_task(stream.run())
            stream.task.add_done_callback(lambda _: self._streams.pop(key))

    def _say(self, envelope: list[bytes], **message: Any) -> asyncio.Future[Any]:
        sent = self._socket.send_multipart([*envelope, json.dumps(message, allow_nan=False).encode()])
        sent.add_done_callback(lambda s: s.cancelled() or s.exception())  # the caller may be gone, and need not be told
        return sent


class _Stream:
    """A stream, or a call, that is open."""

    task: asyncio.Task[None]

    def __init__(self, server: StreamServer, envelope: list[bytes], text: bytes, call: dict | None = None, credit: int = 0) -> None:
        self._server, self._envelope, self._text, self._call = server, envelope, text, call
        self._credit, self._granted, self._heard = credit, asyncio.Event(), 0.0

    def grant(self, credit: int) -> None:
        self._credit = min(self._credit + credit, MOST)
        self._heard = asyncio.get_running_loop().time()
        self._granted.set()
        if credit <= 0:
            self._server._say(self._envelope, credit=0)

    def end(self, code: str, text: str = "", error_type: str = "") -> None:
        if self._call is None:
            self._server._say(self._envelope, status="error", error_msg=text)
        else:
            told = {"error_msg": text, "error_type": error_type}
            self._server._say(self._envelope, end=code, **{name: it for name, it in told.items() if it})

    async def run(self) -> None:
        if self._call is None:
            await self._server._socket.send_multipart([*self._envelope, await self._answer()])
            return
        try:
            timer = asyncio.create_task(self._watch(asyncio.current_task()))
            try:
                await self._items()
            finally:
                timer.cancel()
            self.end("ok")
        except zmq.ZMQError:
            pass  # the caller is gone
        except Exception as err:
            told = self._server._told(err, self._text)
            self.end("failed", told["error_msg"], told.get("error_type", ""))

    async def _answer(self) -> bytes:
        """Answers a call as RPCServer does, and waits for what has to be waited for."""
        try:
            value = self._server._call(*_parse(self._text))
            if inspect.isgenerator(value) or inspect.isasyncgen(value):
                raise RPCError("this function is a stream")
            value = await value if inspect.isawaitable(value) else value
            return json.dumps({"returnval": value}, allow_nan=False).encode()
        except Exception as err:
            return json.dumps({"status": "error"} | self._server._told(err, self._text)).encode()

    async def _items(self) -> None:
        items = self._server._call(*_parse(json.dumps(self._call).encode()))
        if inspect.isgenerator(items):
            items = _in_threads(items)
        if not inspect.isasyncgen(items):
            raise RPCError("this function is no stream")
        try:
            async for item in items:
                while self._credit <= 0:
                    self._granted.clear()
                    await self._granted.wait()
                self._credit -= 1
                await self._server._say(self._envelope, item=item)
        finally:
            await items.aclose()

    async def _watch(self, task: asyncio.Task[None]) -> None:
        """Ends the stream when its caller has been silent for too long."""
        loop = asyncio.get_running_loop()
        self._heard = loop.time()
        while (left := self._heard + self._server.silence - loop.time()) > 0:
            await asyncio.sleep(left)
        self.end("timeout", "the client has granted nothing for too long")
        task.cancel()


async def _in_threads(items: Iterator[Any]) -> AsyncIterator[Any]:
    """Runs each step of a generator in a thread, so that one that waits does not stop the others."""
    end = object()
    step: asyncio.Future[Any] | None = None
    try:
        while (item := await asyncio.shield(step := asyncio.ensure_future(asyncio.to_thread(next, items, end)))) is not end:
            yield item
    finally:
        if step and not step.done():  # a generator cannot be closed while it runs
            step.add_done_callback(lambda _: items.close())
        else:
            items.close()


class Service(StreamServer):
    """The functions that this program serves."""

    def __init__(self) -> None:
        self._made = self._running = 0

    def add(self, a: float, b: float) -> float:
        """Returns the sum of two numbers."""
        return a + b

    async def count(self, to: int, *, pause: float = 0) -> AsyncIterator[int]:
        """Counts up from 0."""
        self._running += 1
        try:
            for n in range(to):
                self._made += 1
                yield n
                await asyncio.sleep(pause)
        finally:
            self._running -= 1

    def tail(self, path: str) -> Iterator[str]:
        """The lines of a text that this server has."""
        if path != "log":
            raise RPCError(f"no such file: {path}")
        yield from ("started", "running", "stopped")

    async def status(self) -> dict[str, int]:
        """How many counts are running, and how many items they have made."""
        return {"running": self._running, "made": self._made}


async def serve(address: str) -> None:
    with zmq.asyncio.Context() as context, context.socket(zmq.ROUTER) as socket:
        socket.linger = 0
        try:
            socket.bind(address)
        except zmq.ZMQError as err:
            sys.exit(f"{address}: {err}")
        print(f"streams: ROUTER on {address}", flush=True)
        await Service().serve_router(socket)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", default="tcp://127.0.0.1:10007", help="where to bind (default: %(default)s)")
    asyncio.run(serve(parser.parse_args().address))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
