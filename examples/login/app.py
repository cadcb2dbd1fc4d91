#!/usr/bin/env python3
"""An application with a login: it serves the page, sets a cookie, and gives whoever is logged in a token for the bridge."""

import base64
import hmac
import json
import secrets
import time
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

ORIGIN = urlsplit("http://127.0.0.1:10080")
FOLDER = Path(__file__).resolve().parent
SECRET = (FOLDER / "jwt.secret").read_bytes().strip()  # the bridge has the same
USERS = {"anna": ("apple", ["trader"]), "bert": ("banana", [])}  # an example: yours come from a database, as hashes
LIFE = 60  # seconds for which a token is good

sessions: dict[str, str] = {}


def token(user: str) -> str:
    """A JWT: who it is, for whom, and until when; signed with the secret."""
    def encode(part: bytes) -> bytes:
        return base64.urlsafe_b64encode(part).rstrip(b"=")

    claims = {"iss": ORIGIN.geturl(), "aud": "zwb", "sub": user, "groups": USERS[user][1], "exp": int(time.time()) + LIFE}
    text = encode(b'{"alg":"HS256","typ":"JWT"}') + b"." + encode(json.dumps(claims).encode())
    return (text + b"." + encode(hmac.digest(SECRET, text, "sha256"))).decode()


class App(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/token":
            cookie = SimpleCookie(self.headers["Cookie"]).get("session")
            user = sessions.get(cookie.value) if cookie else None
            self.answer(200 if user else 401, token(user) if user else "log in first")
        elif self.path == "/":
            self.answer(200, (FOLDER / "index.html").read_text(), ("Content-Type", "text/html; charset=utf-8"))
        else:
            self.answer(404, "not here")

    def do_POST(self) -> None:
        length = min(int(self.headers.get("Content-Length", 0)), 1000)
        try:
            user, password = json.loads(self.rfile.read(length))
            right, _ = USERS[user]
        except (ValueError, KeyError, TypeError):
            return self.answer(401, "nobody is called that")
        if not hmac.compare_digest(str(password).encode(), right.encode()):
            return self.answer(401, "the password is another one")
        session = secrets.token_urlsafe()
        sessions[session] = user
        self.answer(200, user, ("Set-Cookie", f"session={session}; HttpOnly; SameSite=Strict; Path=/"))

    def answer(self, status: int, text: str, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Cache-Control", "no-store")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    try:
        with ThreadingHTTPServer((ORIGIN.hostname, ORIGIN.port), App) as server:
            print(f"the application is at {ORIGIN.geturl()}", flush=True)
            server.serve_forever()
    except KeyboardInterrupt:
        pass
