"""Starts Debian's Jupyter kernel, unchanged, and prints how to reach it from a page. Ctrl-C ends it.

All files of the kernel are in a temporary directory, which is removed in the end.
"""

import argparse
import importlib.util
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from urllib.parse import urlencode

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument('--port', type=int, default=10011, help='the first of five ports in a row on 127.0.0.1 (10011)')
parser.add_argument('--key', default=secrets.token_hex(16), help='the key with which messages are signed (default: a new one)')
options = parser.parse_args()
if importlib.util.find_spec('ipykernel_launcher') is None:
    sys.exit(f'{sys.executable} has no ipykernel: apt-get install python3-ipykernel, and run this with /usr/bin/python3')

roles = ('shell', 'iopub', 'stdin', 'control', 'hb')
ports = dict(zip(roles, range(options.port, options.port + len(roles))))
try:
    for port in ports.values():
        socket.create_server(('127.0.0.1', port)).close()
except OSError as error:
    sys.exit(f'port {port}: {error.strerror}. Another --port?')
shell, iopub = (f'tcp://127.0.0.1:{ports[role]}' for role in ('shell', 'iopub'))


def leave(*_):
    raise KeyboardInterrupt


with tempfile.TemporaryDirectory(prefix='zwb-jupyter-') as home:
    connection = os.path.join(home, 'connection.json')
    with open(connection, 'w', opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        json.dump({
            **{f'{role}_port': port for role, port in ports.items()},
            'transport': 'tcp', 'ip': '127.0.0.1',
            'key': options.key, 'signature_scheme': 'hmac-sha256',
        }, file)
    own = {name: os.path.join(home, name) for name in
           ('IPYTHONDIR', 'JUPYTER_CONFIG_DIR', 'JUPYTER_DATA_DIR', 'JUPYTER_RUNTIME_DIR', 'MPLCONFIGDIR')}
    signal.signal(signal.SIGTERM, leave)
    kernel = subprocess.Popen(
        [sys.executable, '-m', 'ipykernel_launcher', '-f', connection],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        env={
            **os.environ, **own,
            'JPY_PARENT_PID': str(os.getpid()),  # the kernel ends itself if this process is killed
            'PYDEVD_DISABLE_FILE_VALIDATION': '1',  # without it Python 3.11 warns of its debugger
        },
    )
    print(f"""\
A Jupyter kernel listens on the ports {options.port} to {ports['hb']}. Start the bridge and a web server for the page:

    bin/zwb serve --origin http://127.0.0.1:8080 --allow 'DEALER {shell}' --allow 'SUB {iopub}'
    python3 -m http.server 8080 --bind 127.0.0.1 --directory examples

Then open the page. Its address has the kernel's key in it. Whoever has the key can do on this machine whatever you can:

    http://127.0.0.1:8080/jupyter/#{urlencode({'shell': shell, 'iopub': iopub, 'key': options.key}, safe=':/')}

Ctrl-C ends the kernel.""", flush=True)
    try:
        sys.exit(kernel.wait())
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        kernel.terminate()
        try:
            kernel.wait(timeout=5)
        except subprocess.TimeoutExpired:
            kernel.kill()
            kernel.wait()
