package bench

import "time"

// plainSpeech takes every WebSocket message for a message, and sends every request as one.
type plainSpeech struct{}

func (plainSpeech) unit(chunk []byte, left int) (int, error) { return wholeMessage(chunk, left) }
func (plainSpeech) open(dst []byte) []byte                   { return dst }
func (plainSpeech) ready() bool                              { return true }
func (plainSpeech) due(dst []byte, _ bool) []byte            { return dst }

func (plainSpeech) hear(c *client, unit []byte, at time.Time) error {
	if c.crowd.load.Window == 0 {
		c.delivery(unit, at)
		return nil
	}
	_, id, _ := readMark(unit)
	c.answer(id, false, at)
	return nil
}

func (plainSpeech) ask(dst []byte, _ uint64, payload []byte) []byte {
	return appendMessage(dst, opBinary, payload)
}
