package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"
)

// caller is who calls, as the bridge says it.
type caller struct {
	User    string         `json:"user"`
	Claims  map[string]any `json:"claims"`
	IP      string         `json:"ip"`
	Session string         `json:"session"`
	Time    int64          `json:"time"` // milliseconds since 1970
}

// maxAge is how old a message may be. Whoever records one and sends it again later gets nowhere.
const maxAge = time.Minute

// whoCalls takes what the bridge has put in front of a message off it, and checks the proof.
func whoCalls(parts [][]byte, key []byte) (who caller, message [][]byte, err error) {
	if len(parts) < 3 {
		return who, nil, errors.New("nobody says who calls")
	}
	said, proof, message := parts[0], parts[1], parts[2:]
	body := sha256.New()
	for _, part := range message {
		body.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		body.Write(part)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(said)
	mac.Write(body.Sum(nil))
	if !hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), proof) {
		return who, nil, errors.New("this does not come from the bridge")
	}
	if err := json.Unmarshal(said, &who); err != nil {
		return who, nil, err
	}
	if time.Since(time.UnixMilli(who.Time)).Abs() > maxAge {
		return who, nil, errors.New("this was said too long ago")
	}
	return who, message, nil
}
