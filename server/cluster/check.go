package cluster

import (
	"os"

	"github.com/nats-io/nkeys"
)

// Check reads the files that a Config names, as Open does not before it needs them, and says what is wrong with one.
func (c Config) Check() error {
	if _, err := (&Connection{cfg: c}).options(); err != nil {
		return err
	}
	if c.Credentials == "" {
		return nil
	}
	text, err := os.ReadFile(c.Credentials)
	if err != nil {
		return err
	}
	if _, err = nkeys.ParseDecoratedJWT(text); err != nil {
		return err
	}
	_, err = nkeys.ParseDecoratedUserNKey(text)
	return err
}
