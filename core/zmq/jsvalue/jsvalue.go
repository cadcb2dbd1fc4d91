package jsvalue

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Marshal makes JSON of what an application passes, as JSON.stringify would. For nil it returns nil.
func Marshal(what string, v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, core.NewError(core.Invalid, what+": "+err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// unwritten are the numbers that JSON has no way to write, as Python writes them all the same.
var unwritten = map[string]float64{"NaN": math.NaN(), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1)}

// ErrUnwritten is the error for a number without a JSON form where it cannot be read.
var ErrUnwritten = errors.New("NaN or Infinity in it, which JSON does not have")

// Unmarshal is json.Unmarshal, which also reads an unwritten number into a float64.
func Unmarshal(text []byte, value any) error {
	number, isUnwritten := unwritten[string(text)]
	if f, ok := value.(*float64); ok && isUnwritten {
		*f = number
		return nil
	}
	err := json.Unmarshal(text, value)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) { // core/rpc has checked that it is JSON otherwise
		return ErrUnwritten
	}
	return err
}
