#!/usr/bin/env python3
"""Remote procedure calls over ZeroMQ. RPCServer answers calls on a REP, and PubSubRPCClient publishes calls on a PUB.

You can use the two classes in programs of your own. If you run this file, it serves the functions echo, add and add_user.
"""

from __future__ import annotations

import argparse
import inspect
import json
import logging
import sys
from typing import Any, Callable, Collection

import zmq

log = logging.getLogger("rpc")


class RPCError(Exception):
    """The caller gets the text of this exception, and the name of its class. All others are logged, and the caller learns only
    that the call failed."""


class RPCServer:
    """Make a subclass of it: its public methods can be called. Arguments, positional or keyword, and results are JSON.

    If there is a method can_<method>, it is called first, with the same arguments. If it returns something false, the call
    is refused. Every request gets an answer, whatever it is, so that the REP socket is always ready for the next request.
    Who calls rpc.describe is told what can be called, with signatures and docstrings.
    """

    authorized_functions: Collection[str] | None = None
    """Names of the methods that may be called. None means all of them."""

    _reserved: Collection[str] = ("serve", "handle", "authorized_functions")

    def serve(self, socket: zmq.Socket) -> None:
        """Answers requests forever."""
        while True:
            socket.send(self.handle(socket.recv_multipart()[-1]))

    def handle(self, request: bytes) -> bytes:
        """Answers one request: {"funcname": …, "args": […], "kwargs": {…}}."""
        try:
            reply = {"returnval": self._call(*_parse(request))}
            return json.dumps(reply, allow_nan=False).encode()  # NaN is not JSON: no page could read it
        except Exception as err:
            return json.dumps({"status": "error"} | self._told(err, request)).encode()

    def _told(self, err: Exception, request: bytes) -> dict[str, str]:
        """What the caller is told of an exception."""
        if isinstance(err, RPCError):
            return {"error_msg": str(err), "error_type": type(err).__name__}
        log.error("a call failed: %.200r", request, exc_info=err)
        return {"error_msg": "the call failed"}

    def _call(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        if name == "rpc.describe":
            return self._describe()
        method = self._method(name)
        if method is None:
            raise RPCError(f"unknown function {name}")
        if self.authorized_functions is not None and name not in self.authorized_functions:
            raise RPCError("unauthorized access")
        try:
            inspect.signature(method).bind(*args, **kwargs)
        except TypeError as err:
            raise RPCError(f"{name}: {err}") from None
        guard = getattr(self, "can_" + name, None)
        if guard is not None and not guard(*args, **kwargs):
            raise RPCError("unauthorized access")
        return method(*args, **kwargs)

    def _method(self, name: str) -> Callable[..., Any] | None:
        method = None if name.startswith(("_", "can_")) or name in self._reserved else getattr(self, name, None)
        return method if callable(method) else None

    def _describe(self) -> dict[str, Any]:
        names = [n for n in dir(self) if self._method(n) and (self.authorized_functions is None or n in self.authorized_functions)]
        return {"functions": [_description(name, getattr(self, name)) for name in names]}


def _description(name: str, method: Callable[..., Any]) -> dict[str, Any]:
    signature = inspect.signature(method)
    params = [_parameter(p) for p in signature.parameters.values()]
    text = str(signature)
    for annotation in [signature.return_annotation, *(p.annotation for p in signature.parameters.values())]:
        if isinstance(annotation, str):  # it would stand in quotes
            text = text.replace(repr(annotation), annotation)
    told: dict[str, Any] = {"name": name, "signature": name + text, "params": params}
    if method.__doc__:
        told["doc"] = inspect.getdoc(method)
    if inspect.isgeneratorfunction(method) or inspect.isasyncgenfunction(method):
        told["stream"] = True
    return told


def _parameter(p: inspect.Parameter) -> dict[str, Any]:
    told: dict[str, Any] = {"name": p.name}
    if p.annotation is not p.empty:
        told["type"] = p.annotation if isinstance(p.annotation, str) else inspect.formatannotation(p.annotation)
    if p.default is not p.empty:
        told["optional"] = True
    if p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD):
        told["keyword"] = True
    if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
        told["rest"] = True
    return told


def _parse(request: bytes) -> tuple[str, list[Any], dict[str, Any]]:
    try:
        call = json.loads(request)
    except (ValueError, RecursionError):
        raise RPCError("the request is not JSON") from None
    if isinstance(call, dict):
        name, args, kwargs = call.get("funcname"), call.get("args") or [], call.get("kwargs") or {}
        if isinstance(name, str) and isinstance(args, list) and isinstance(kwargs, dict):
            return name, args, kwargs
    raise RPCError('the request is not {"funcname": …, "args": […], "kwargs": {…}}')


class PubSubRPCClient:
    """Calls a function of every subscriber. No answer comes back."""

    def __init__(self, socket: zmq.Socket) -> None:
        self._socket = socket

    def rpc(self, funcname: str, *args: Any) -> None:
        self._socket.send(json.dumps({"funcname": funcname, "args": args}, allow_nan=False).encode())


class Service(RPCServer):
    """The functions that this program serves."""

    def __init__(self) -> None:
        self._users: dict[str, str] = {}

    def echo(self, value: Any, **_kwargs: Any) -> Any:
        """Returns what it is given."""
        return value

    def add(self, a: float, b: float) -> float:
        """Returns the sum of two numbers."""
        try:
            return a + b
        except TypeError:
            raise RPCError("add takes two numbers") from None

    def add_user(self, name: str, password: str, type: str = "user") -> dict[str, Any]:
        self._users[name] = type
        return {"status": "success", "users": len(self._users)}

    def can_add_user(self, name: str, password: str, type: str = "user") -> bool:
        return bool(name and password)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", default="tcp://127.0.0.1:10004", help="where to bind (default: %(default)s)")
    address = parser.parse_args().address
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")

    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        socket.linger = 0
        try:
            socket.bind(address)
        except zmq.ZMQError as err:
            sys.exit(f"{address}: {err}")
        print(f"rpc: REP on {address}", flush=True)
        Service().serve(socket)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
