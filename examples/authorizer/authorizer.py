#!/usr/bin/env python3
"""Decides who may do what at the bridge. The entry `zmq` of zwb.yaml asks it; README.md says what and when."""
import sys

import zmq

USERS = {"s3same": ("zoe", ["trader"]), "0pen": ("bob", [])}  # by token; yours are somewhere else


def answer(question):
    if question["action"] == "connect":
        user, groups = USERS.get((question.get("credentials") or {}).get("token"), (None, None))
        return {"allow": user is not None, "user": user, "claims": {"groups": groups}, "ttl": 60, "reason": "an unknown token"}
    return {"allow": "trader" in question["claims"]["groups"], "reason": "for traders only"}


socket = zmq.Context().socket(zmq.REP)
port = socket.bind_to_random_port("tcp://127.0.0.1") if len(sys.argv) < 2 else socket.bind(sys.argv[1])
print("authorizer", port if len(sys.argv) < 2 else sys.argv[1], flush=True)
while True:
    socket.send_json(answer(socket.recv_json()))
