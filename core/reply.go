package core

// AppendReply is Append for the Reply to a request, without a Frame.
func (s *Session) AppendReply(socket uint32, request uint64, m Message) error {
	fields := uvarintSize(uint64(socket)) + uvarintSize(request) + bodySize(m)
	if err := s.admitSize(maxHeader + fields); err != nil {
		return err
	}
	s.sent++
	s.journal.appendReply(socket, request, m, fields)
	return nil
}
