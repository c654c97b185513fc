package discovery

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"time"
)

// OperatingSystem says what a host runs, under the keys of uname's and lsb_release's long options, as
// Assimilation has them.
type OperatingSystem struct {
	Nodename      string `json:"nodename"`
	OS            string `json:"operating-system"` // "GNU/Linux"
	Machine       string `json:"machine"`          // "x86_64"
	KernelName    string `json:"kernel-name"`
	KernelRelease string `json:"kernel-release"`
	KernelVersion string `json:"kernel-version"`
	Distributor   string `json:"Distributor ID,omitempty"` // "Debian"
	Description   string `json:"Description,omitempty"`    // "Debian GNU/Linux 12 (bookworm)"
	Release       string `json:"Release,omitempty"`        // "12"
	Codename      string `json:"Codename,omitempty"`       // "bookworm"
}

// OS finds which kernel and which distribution the host runs.
func OS() Agent {
	return Agent{
		Name: "os", Description: "Kernel and distribution",
		Every: time.Hour, Discover: discoverOS,
	}
}

func discoverOS(_ context.Context, host Host) (any, error) {
	fsys := host.FS()
	o := OperatingSystem{OS: "GNU/Linux", Machine: machine(runtime.GOARCH)}
	for _, v := range []struct {
		name string
		to   *string
	}{
		{"hostname", &o.Nodename}, {"ostype", &o.KernelName},
		{"osrelease", &o.KernelRelease}, {"version", &o.KernelVersion},
		{"arch", &o.Machine}, // since Linux 6.1
	} {
		b, err := fs.ReadFile(fsys, "proc/sys/kernel/"+v.name)
		switch {
		case err == nil:
			*v.to = strings.TrimSpace(string(b))
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		case v.to != &o.Machine:
			return nil, ErrNotHere // another kernel, or /proc is not mounted
		}
	}
	release, err := readOSRelease(fsys)
	if err != nil {
		return nil, err
	}
	o.Distributor = strings.TrimSuffix(strings.TrimSuffix(release["NAME"], " Linux"), " GNU/Linux")
	o.Description = release["PRETTY_NAME"]
	o.Release = release["VERSION_ID"]
	o.Codename = release["VERSION_CODENAME"]
	return o, nil
}

// machine is what uname calls the architecture that Go calls goarch, where the two differ.
func machine(goarch string) string {
	switch goarch {
	case "amd64":
		return "x86_64"
	case "arm64":
		return "aarch64"
	case "386":
		return "i686"
	case "arm":
		return "armv7l"
	}
	return goarch
}

// readOSRelease returns nothing for a system without the file: an image with a kernel and one program.
func readOSRelease(fsys fs.FS) (map[string]string, error) {
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} { // in the order of os-release(5)
		release, err := parseFile(fsys, name, parseOSRelease)
		if !errors.Is(err, ErrNotHere) {
			return release, err
		}
	}
	return nil, nil
}

// parseOSRelease reads os-release(5): assignments that a shell could read, without expansions.
func parseOSRelease(r io.Reader) (map[string]string, error) {
	const maxBytes = 64 << 10 // a real one has 0.5 KB
	values := map[string]string{}
	sc := bufio.NewScanner(io.LimitReader(r, maxBytes))
	for line := 1; sc.Scan(); line++ {
		text := strings.TrimSpace(sc.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("line %d: %q is no assignment", line, text)
		}
		value, ok = unquote(value)
		if !ok {
			return nil, fmt.Errorf("line %d: no closing quote in %q", line, text)
		}
		values[key] = value
	}
	return values, sc.Err()
}

// unquote takes a shell's quotes from s, which is one word.
func unquote(s string) (string, bool) {
	if s == "" || s[0] != '"' && s[0] != '\'' {
		return s, true
	}
	quote := s[0]
	var out strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == quote:
			return out.String(), i == len(s)-1
		case c == '\\' && quote == '"' && i+1 < len(s) && strings.IndexByte("$\"\\`", s[i+1]) >= 0:
			i++
			out.WriteByte(s[i])
		default:
			out.WriteByte(c)
		}
	}
	return "", false
}
