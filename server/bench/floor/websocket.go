package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
)

// upgrade answers a handshake. rest is what came behind it.
func upgrade(conn net.Conn) (rest []byte, err error) {
	request := make([]byte, 0, 2048)
	for {
		if head, rest, found := bytes.Cut(request, []byte("\r\n\r\n")); found {
			_, key, _ := bytes.Cut(head, []byte("Sec-WebSocket-Key: "))
			key, _, _ = bytes.Cut(key, []byte("\r"))
			sum := sha1.Sum([]byte(string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
			_, err := io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+
				base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n")
			return rest, err
		}
		if len(request) == cap(request) {
			return nil, errors.New("a long request")
		}
		n, err := conn.Read(request[len(request):cap(request)])
		if err != nil {
			return nil, err
		}
		request = request[:len(request)+n]
	}
}

// appendMessage appends a binary message.
func appendMessage(dst, payload []byte) []byte {
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, 0x82, byte(n))
	case n < 1<<16:
		dst = append(dst, 0x82, 126, byte(n>>8), byte(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 0x82, 127), uint64(n))
	}
	return append(dst, payload...)
}

// splitMessage takes a masked message off b and unmasks it in place. size 0: it is not complete.
func splitMessage(b []byte) (payload []byte, size int) {
	if len(b) < 2 {
		return nil, 0
	}
	header, length := 2, int(b[1]&127)
	switch {
	case length == 126 && len(b) >= 4:
		header, length = 4, int(binary.BigEndian.Uint16(b[2:]))
	case length == 127 && len(b) >= 10:
		header, length = 10, int(binary.BigEndian.Uint64(b[2:]))
	case length > 125:
		return nil, 0
	}
	if size = header + 4 + length; len(b) < size {
		return nil, 0
	}
	unmask(b[header:header+4], b[header+4:size])
	return b[header+4 : size], size
}

func unmask(mask, payload []byte) {
	key := uint64(binary.LittleEndian.Uint32(mask))
	key |= key << 32
	for len(payload) >= 8 {
		binary.LittleEndian.PutUint64(payload, binary.LittleEndian.Uint64(payload)^key)
		payload = payload[8:]
	}
	for i := range payload {
		payload[i] ^= mask[i&3]
	}
}
