//go:build long && linux

package deploy

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
)

// TestImage does without Docker what the Dockerfile says: the binary alone in a root of its own, as nobody, and the command
// that asks how it is.
func TestImage(t *testing.T) {
	text := read(t, "Dockerfile")
	if version := output(t, exec.Command(zwb, "version")); !strings.Contains(version, builtOf) {
		t.Errorf("zwb version says %s", version)
	}
	_, last, found := strings.Cut(text, "\nFROM scratch\n")
	user := regexp.MustCompile(`(?m)^USER (\S+)$`).FindStringSubmatch(last)
	if !found || user == nil || user[1] != "65532:65532" {
		t.Fatalf("the image is not made from nothing, or is run as %q", user)
	}
	b, root := newBridge(t), t.TempDir()
	copyFile(t, zwb, filepath.Join(root, "zwb"), 0o755)
	if err := os.MkdirAll(filepath.Join(root, "etc/zwb"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"zwb.yaml", "tokens.yaml", "admin.token"} {
		copyFile(t, filepath.Join(b.folder, name), filepath.Join(root, "etc/zwb", name), 0o644)
	}
	within := func(command []string) *exec.Cmd {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Path = command[0] // as seen from there
		cmd.Dir = "/"
		cmd.Env = []string{"ZWB_LISTEN=" + b.address}
		cmd.SysProcAttr = asNobody(root)
		return cmd
	}
	serve := within(append(words(t, last, "ENTRYPOINT "), words(t, last, "\nCMD ")...))
	start(t, serve)
	health := words(t, last, " CMD ")
	wait.For(t, "the health check to say that all is well", func() bool { return within(health).Run() == nil })
	serve.Process.Kill()
	serve.Wait()
	if within(health).Run() == nil {
		t.Error("the health check says that all is well, and nobody is there")
	}
}

// asNobody is in a root of its own, and nobody. Who is not root becomes nobody in a namespace of users.
func asNobody(root string) *syscall.SysProcAttr {
	const nobody = 65532
	attr := &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if os.Getuid() != 0 {
		attr.Credential.NoSetGroups = true
		attr.Cloneflags = syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getgid(), Size: 1}}
	}
	return attr
}

// words are those of an instruction that is written as a list.
func words(t *testing.T, text, instruction string) (list []string) {
	t.Helper()
	_, rest, _ := strings.Cut(text, instruction)
	rest, _, _ = strings.Cut(rest, "\n")
	if err := json.Unmarshal([]byte(rest), &list); err != nil {
		t.Fatalf("%s%s: %v", instruction, rest, err)
	}
	return list
}

func copyFile(t *testing.T, from, to string, mode os.FileMode) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, mode); err != nil {
		t.Fatal(err)
	}
}
