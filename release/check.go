package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// checkTwice makes the archive for linux/amd64 from scratch, the client for pages and all, in two folders of different names and with
// caches of their own, and compares.
func checkTwice(ctx context.Context) error {
	scratch, err := os.MkdirTemp("", "zwb-twice-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	of, err := readSource(ctx)
	if err != nil {
		return err
	}
	var sums [2]string
	for i, name := range []string{"one", "another folder, with a longer name"} {
		if sums[i], err = of.fromScratch(ctx, filepath.Join(scratch, name), filepath.Join(scratch, fmt.Sprint("cache", i))); err != nil {
			return err
		}
		fmt.Println(sums[i], name)
	}
	if sums[0] != sums[1] {
		return errors.New("the two differ, so what is downloaded cannot be built again")
	}
	return nil
}

// fromScratch checks the commit out into a folder, builds everything there with an empty cache, and returns the archive's hash.
func (s source) fromScratch(ctx context.Context, folder, cache string) (sum string, err error) {
	commands := fmt.Sprintf("git archive %.40s | tar -x -C %q && make -C %q js >/dev/null && cd %q && go run ./release -only linux/amd64", s.commit, folder, folder, folder)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", commands)
	cmd.Env = append(os.Environ(), "GOCACHE="+cache, "COMMIT="+s.commit, fmt.Sprint("SOURCE_DATE_EPOCH=", s.time.Unix()))
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", err
	}
	archives, err := filepath.Glob(filepath.Join(folder, "bin/release/*.tar.gz"))
	if err != nil || len(archives) != 1 {
		return "", fmt.Errorf("there are %d archives: %w", len(archives), err)
	}
	return hash(archives[0])
}
