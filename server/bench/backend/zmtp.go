package backend

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"time"
)

// The flags of a ZMTP frame.
const (
	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
)

const (
	signature    = "\xff\x00\x00\x00\x00\x00\x00\x00\x00\x7f\x03\x01NULL" // and version and mechanism
	greetingSize = 64
	maxFrame     = 64 << 20
	patience     = 10 * time.Second // for a handshake, and for a write
)

var errTooLarge = errors.New("a frame larger than this backend takes")

// greet does the handshake for a socket of that type. What the peer says of itself comes as its first command.
func greet(conn net.Conn, socketType string) error {
	hello := make([]byte, greetingSize)
	copy(hello, signature)
	ready := "\x05READY\x0bSocket-Type" + string(binary.BigEndian.AppendUint32(nil, uint32(len(socketType)))) + socketType
	hello = append(hello, flagCommand, byte(len(ready)))
	hello = append(hello, ready...)
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write(hello); err != nil {
		return err
	}
	if _, err := io.ReadFull(conn, hello[:greetingSize]); err != nil {
		return err
	}
	if hello[0] != 0xff || hello[10] < 3 {
		return errors.New("the peer does not speak ZMTP 3")
	}
	return conn.SetDeadline(time.Time{})
}

// splitFrame reads the first frame of b. size is all of it, with its header; 0: it is not complete.
func splitFrame(b []byte) (flags byte, body []byte, size int, err error) {
	if len(b) < 2 {
		return 0, nil, 0, nil
	}
	header, length := 2, uint64(b[1])
	if b[0]&flagLong != 0 {
		if len(b) < 9 {
			return 0, nil, 0, nil
		}
		header, length = 9, binary.BigEndian.Uint64(b[1:])
	}
	if length > maxFrame {
		return 0, nil, 0, errTooLarge
	}
	size = header + int(length)
	if len(b) < size {
		return 0, nil, 0, nil
	}
	return b[0], b[header:size], size, nil
}

// appendFrame appends a message of one part.
func appendFrame(dst, body []byte) []byte {
	if len(body) < 256 {
		dst = append(dst, 0, byte(len(body)))
	} else {
		dst = binary.BigEndian.AppendUint64(append(dst, flagLong), uint64(len(body)))
	}
	return append(dst, body...)
}

// appendPong appends the answer to a command, if it is a PING.
func appendPong(dst, command []byte) []byte {
	const ping = "\x04PING"
	if len(command) < len(ping)+2 || string(command[:len(ping)]) != ping {
		return dst
	}
	context := command[len(ping)+2:]
	context = context[:min(len(context), 16)]
	dst = append(dst, flagCommand, byte(len("\x04PONG")+len(context)))
	return append(append(dst, "\x04PONG"...), context...)
}

// readFrames calls f for every frame that comes, and flush before it waits for more.
func readFrames(conn net.Conn, f func(frame []byte, flags byte, body []byte), flush func() error) error {
	buf, have := make([]byte, 256<<10), 0
	for {
		n, err := conn.Read(buf[have:])
		if err != nil {
			return err
		}
		rest := buf[:have+n]
		for {
			flags, body, size, err := splitFrame(rest)
			if err != nil {
				return err
			}
			if size == 0 {
				break
			}
			f(rest[:size], flags, body)
			rest = rest[size:]
		}
		if err := flush(); err != nil {
			return err
		}
		have = copy(buf, rest)
		if have == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
		}
	}
}
