package zmtp

import "io"

// stream is the buffered reading end of a connection. While little comes it reads into one buffer over and over. While much
// comes its memory can be given away, so that messages are what the kernel wrote, where it wrote it: what take has returned
// is not touched again, and more is read into fresh memory.
//
// It has one reader.
type stream struct {
	conn  io.Reader
	pause func() (more bool, err error) // called before each read, while all messages are still where they were received; the read does not wait if there is more to do. Nil: nobody wants to know
	buf   []byte
	r, w  int  // buf[r:w] has been received and not yet read
	taken bool // some of buf[:r] is somebody else's
	busy  bool // the last read brought much
	full  bool // it brought as much as there was room for, so there is likely more
	fresh uint // how often there was fresh memory
}

// Bounds of what is worth fresh memory. The least is also the bound on what is kept in memory for the sake of a part of it:
// no more than busyBuffer for every takeableMin bytes that somebody holds. Of what is larger than the most too few fit.
const (
	takeableMin = ioBuffer / 16
	takeableMax = ioBuffer / 4
)

// busyBuffer is the size of fresh memory while much comes: fewer reads.
const busyBuffer = 2 * ioBuffer

// maxEmptyReads bounds reads in a row without data or error, as in package bufio.
const maxEmptyReads = 100

func newStream(conn io.Reader) *stream { return &stream{conn: conn, buf: make([]byte, ioBuffer)} }

// reset makes the stream, of which nothing has been read, one of another connection.
func (s *stream) reset(conn io.Reader) { s.conn = conn }

// unread is what has been received. It holds until the next call of any method but discard.
func (s *stream) unread() []byte { return s.buf[s.r:s.w] }

// peek waits until n bytes, at most ioBuffer, are unread, and returns them. With an error it returns what there is; the
// call may be repeated, as bufio's.
func (s *stream) peek(n int) ([]byte, error) {
	for empty := 0; s.w-s.r < n; {
		got, err := s.receive(n)
		switch {
		case s.w-s.r >= n:
		case err != nil:
			return s.unread(), err
		case got > 0:
			empty = 0
		default:
			if empty++; empty == maxEmptyReads {
				return s.unread(), io.ErrNoProgress
			}
		}
	}
	return s.buf[s.r : s.r+n], nil
}

// discard forgets n bytes that are unread.
func (s *stream) discard(n int) { s.r += n }

// take is discard for somebody who keeps the n bytes: they are his. It costs fresh memory, sooner or later, so it is for
// what is within the bounds, while the stream is busy.
func (s *stream) take(n int) []byte {
	b := s.buf[s.r : s.r+n : s.r+n]
	s.r += n
	s.taken = true
	return b
}

// Read is part of io.Reader. What is larger than the buffer does not pass through it.
func (s *stream) Read(p []byte) (int, error) {
	if s.r == s.w {
		if len(p) >= len(s.buf) {
			more, err := s.announce()
			if err != nil {
				return 0, err
			}
			return s.read(p, more)
		}
		if _, err := s.peek(1); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.unread())
	s.r += n
	return n, nil
}

// receive reads once, when there is room for n bytes to be unread.
func (s *stream) receive(n int) (got int, err error) {
	more, err := s.announce()
	if err != nil {
		return 0, err
	}
	s.makeRoom(n)
	room := s.buf[s.w:]
	got, err = s.read(room, more)
	s.w += got
	s.full = got == len(room)
	s.busy = s.full || got >= ioBuffer/2
	return got, err
}

// announce says that more is to be read, while what has been received is still where it was. It tells whether there is more to do
// before that is waited for.
func (s *stream) announce() (more bool, err error) {
	if s.pause == nil {
		return false, nil
	}
	return s.pause()
}

// read reads what comes. While there is more to do it does not wait.
func (s *stream) read(p []byte, more bool) (n int, err error) {
	for more {
		if c, ok := s.conn.(atOnce); ok {
			if n = c.ReadAtOnce(p); n > 0 {
				return n, nil
			}
		}
		s.full = false
		if more, err = s.pause(); err != nil {
			return 0, err
		}
	}
	return s.conn.Read(p)
}

// atOnce is a connection that can be asked for what is there. ReadAtOnce does not wait: it returns 0 if nothing is there, or if
// there is something that Read has to say.
type atOnce interface{ ReadAtOnce(p []byte) int }

// makeRoom moves what is unread to where n bytes, or a read worth its while, have room behind it.
func (s *stream) makeRoom(n int) {
	switch {
	case !s.taken && s.r == s.w:
		s.r, s.w = 0, 0
		return
	case s.r+n <= len(s.buf) && len(s.buf)-s.w >= len(s.buf)/4:
		return
	}
	to := s.buf
	if s.taken {
		to = s.freshMemory()
	}
	s.w = copy(to, s.unread())
	s.r, s.buf = 0, to
}

func (s *stream) freshMemory() []byte {
	s.taken = false
	s.fresh++
	if s.busy {
		return make([]byte, busyBuffer)
	}
	return make([]byte, ioBuffer)
}
