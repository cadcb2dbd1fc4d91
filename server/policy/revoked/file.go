package revoked

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// largest is more than any file has that a List has written.
const largest = 2 * Most * 2048

// read reads what write has written; nothing, if there is no file yet.
func read(name string) (entries []Entry, err error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := json.NewDecoder(io.LimitReader(f, largest)).Decode(&entries); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(entries) > 2*Most {
		return nil, fmt.Errorf("%s: there are more than %d entries", name, 2*Most)
	}
	now := time.Now()
	valid := entries[:0]
	for _, e := range entries {
		if !now.Before(e.Until) {
			continue
		}
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		valid = append(valid, e)
	}
	return valid, nil
}

// write puts a new file in the place of the old one, so that there is always a whole one.
func write(name string, entries []Entry) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*") // for nobody else to read
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // which is not there any more if all went well
	encoder := json.NewEncoder(f)
	encoder.SetIndent("", "  ")
	err = encoder.Encode(entries)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
