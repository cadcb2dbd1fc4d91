"""A REP that is sent arrays of NumPy, and answers with arrays: the recipe of pyzmq's documentation (serialization)."""
import json
import sys

import numpy as np
import zmq


def send_array(socket, A):
    md = dict(dtype=str(A.dtype), shape=A.shape)
    socket.send_json(md, zmq.SNDMORE)
    return socket.send(A, copy=True)


def recv_array(socket):
    md = socket.recv_json()
    msg = socket.recv()
    return np.frombuffer(msg, dtype=md['dtype']).reshape(md['shape'])


made = {
    'float64': np.arange(6, dtype=np.float64).reshape(2, 3) / 4,
    'float32': np.array([1.5, -2.5, np.nan, np.inf], dtype=np.float32),
    'float16': np.array([0, -1.5, 65504, 6e-8, np.inf, -np.inf, np.nan, 1 / 3], dtype=np.float16),
    'int8': np.array([-128, 127], dtype=np.int8),
    'uint16': np.array([[1], [65535]], dtype=np.uint16),
    'int64': np.array([-(2**63), 2**63 - 1], dtype=np.int64),
    'uint64': np.array([2**64 - 1], dtype=np.uint64),
    'bool': np.array([True, False, True]),
    'complex64': np.array([1 + 2j, -3j], dtype=np.complex64),
    'big-endian': np.array([1.25, -7], dtype='>f8'),
    'big-endian integers': np.array([1, -2], dtype='>i4'),
    'dates': np.array(['1970-01-01T00:00:01', '2001-09-09T01:46:40'], dtype='datetime64[s]'),
    'no dimension': np.array(42, dtype=np.int32),
    'nothing': np.zeros((0, 3), dtype=np.float32),
    'text': np.array(['a', 'bc']),
    'records': np.zeros(2, dtype=[('a', 'i4'), ('b', 'f8')]),
}

socket = zmq.Context().socket(zmq.REP)
port = socket.bind_to_random_port('tcp://127.0.0.1')
print(f'tcp://127.0.0.1:{port}', flush=True)
while True:
    if socket.recv_string() == 'make':
        send_array(socket, made[socket.recv_string()])
    else:
        array = recv_array(socket)
        socket.send_json({'dtype': str(array.dtype), 'shape': array.shape, 'text': str(array.tolist())})
