package main

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
)

// dialZMTP connects a socket of a type, with ZMTP 3.0.
func dialZMTP(address, socketType string) (net.Conn, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "tcp://"))
	if err != nil {
		return nil, err
	}
	hello := make([]byte, 64)
	copy(hello, "\xff\x00\x00\x00\x00\x00\x00\x00\x00\x7f\x03\x00NULL")
	ready := "\x05READY\x0bSocket-Type" + string(binary.BigEndian.AppendUint32(nil, uint32(len(socketType)))) + socketType
	hello = append(append(hello, 4, byte(len(ready))), ready...)
	if _, err := conn.Write(hello); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(conn, hello[:64+2]); err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, conn, int64(hello[65])); err != nil { // the rest of its READY
		return nil, err
	}
	if socketType == "SUB" {
		_, err = conn.Write([]byte{0, 1, 1})
	}
	return conn, err
}

// splitFrame takes a frame off b. size 0: it is not complete.
func splitFrame(b []byte) (body []byte, size int) {
	if len(b) < 2 {
		return nil, 0
	}
	header, length := 2, int(b[1])
	if b[0]&2 != 0 {
		if len(b) < 9 {
			return nil, 0
		}
		header, length = 9, int(binary.BigEndian.Uint64(b[1:]))
	}
	if size = header + length; len(b) < size {
		return nil, 0
	}
	return b[header:size], size
}

// appendFrame appends a frame, with more to come or without.
func appendFrame(dst []byte, more byte, body []byte) []byte {
	if len(body) < 256 {
		dst = append(dst, more, byte(len(body)))
	} else {
		dst = binary.BigEndian.AppendUint64(append(dst, more|2), uint64(len(body)))
	}
	return append(dst, body...)
}
