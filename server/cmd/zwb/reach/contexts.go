package reach

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v4"
)

// Contexts are the bridges that somebody works with, by names of their own. They are in a file that nobody else may read, as there
// may be tokens in it.
type Contexts struct {
	Selected string            `yaml:"selected,omitempty"`
	Bridges  map[string]Bridge `yaml:"contexts,omitempty"`
}

// Place of the file: zwb/contexts.yaml where programs keep their configuration, as in ~/.config on Linux.
func contextsFile() (string, error) {
	folder, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, "zwb", "contexts.yaml"), nil
}

// ReadContexts reads the file. There are none where there is no file, or no place for one.
func ReadContexts() (*Contexts, error) {
	c := &Contexts{Bridges: map[string]Bridge{}}
	path, err := contextsFile()
	if err != nil {
		return c, nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	if err := yaml.Load(text, c, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Write replaces the file at once, so that who reads it meanwhile has all of the one or of the other.
func (c *Contexts) Write() error {
	path, err := contextsFile()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	e := yaml.NewEncoder(&text)
	if err := errors.Join(e.Encode(c), e.Close()); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(path), ".contexts-*") // it is for its owner alone
	if err != nil {
		return err
	}
	_, err = next.Write(text.Bytes())
	if err = errors.Join(err, next.Close()); err == nil {
		err = os.Rename(next.Name(), path)
	}
	if err != nil {
		os.Remove(next.Name())
	}
	return err
}
