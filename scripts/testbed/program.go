package testbed

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// programsFlag names the directory of our programs. Main defines it.
const programsFlag = "programs"

// Need skips the test under -short, and fails it by name of what it lacks: the namespaces, or one of the
// programs.
func Need(t testing.TB, programs ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs namespaces and minutes")
	}
	if Dir() == "" {
		t.Fatal("needs root, which alone may make namespaces")
	}
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: scripts/test installs it", err)
		}
	}
}

// Program is the path of one of ours.
func Program(t testing.TB, name string) string {
	t.Helper()
	if dir := flag.Lookup(programsFlag).Value.String(); dir != "" {
		return filepath.Join(dir, name)
	}
	path := filepath.Join(Dir(), "bin", name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if out, err := exec.Command("go", "build", "-o", path, "../../cmd/"+name).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// IP runs lines of iproute2's batch language in the network namespace of a name, or in the test's if that
// is empty. It ends with the first line that fails.
func IP(namespace string, lines ...string) error {
	args := []string{"-batch", "-"}
	if namespace != "" {
		args = append([]string{"-n", namespace}, args...)
	}
	return Feed(strings.Join(lines, "\n")+"\n", "ip", args...)
}

// Feed runs a program to its end with text as its standard input. Its error has what the program said.
func Feed(text, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
