package discovery

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// PackageVersions maps the kind of a package ("deb") to "name::architecture" to the version.
type PackageVersions map[string]map[string]string

// Packages finds which packages are installed, by dpkg's database.
func Packages() Agent {
	return Agent{
		Name: "packages", Description: "Installed packages",
		Every: 5 * time.Minute, Discover: discoverPackages,
	}
}

func discoverPackages(_ context.Context, host Host) (any, error) {
	deb, err := parseFile(host.FS(), "var/lib/dpkg/status", parseDpkgStatus)
	if err != nil {
		return nil, err
	}
	return PackageVersions{"deb": deb}, nil
}

// stanza is what is wanted of a paragraph of dpkg's database.
type stanza struct{ name, arch, version, status string }

// installed reports whether the package's files are all there. The first word of the status says what
// is wanted: a package on hold, or chosen for removal, is installed all the same.
func (s stanza) installed() bool {
	words := strings.Fields(s.status)
	return len(words) == 3 && words[2] == "installed"
}

// parseDpkgStatus reads deb-control(5) paragraphs, one a package, into "name::architecture" → version.
func parseDpkgStatus(r io.Reader) (map[string]string, error) {
	const maxLineBytes = 1 << 20 // Conffiles and the like are folded; the longest Depends have 10 KB
	packages := map[string]string{}
	var s stanza
	kept := 0 // bytes
	finish := func(line int) error {
		if s.installed() {
			if s.name == "" || s.arch == "" || s.version == "" {
				return fmt.Errorf("line %d: an installed package lacks its name, architecture or version", line)
			}
			packages[s.name+"::"+s.arch] = s.version
			if kept += len(s.name) + len(s.arch) + len(s.version); kept > MaxDocumentBytes {
				return fmt.Errorf("line %d: %w", line, ErrTooLarge)
			}
		}
		s = stanza{}
		return nil
	}
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, maxLineBytes)
	line := 0
	for sc.Scan() {
		line++
		if strings.TrimSpace(sc.Text()) == "" {
			if err := finish(line); err != nil {
				return nil, err
			}
			continue
		}
		s.field(sc.Text())
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", line+1, err)
	}
	return packages, finish(line)
}

// field takes one line; folded ones, which begin with white space, belong to fields nobody wants.
func (s *stanza) field(line string) {
	key, value, _ := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch key {
	case "Package":
		s.name = value
	case "Architecture":
		s.arch = value
	case "Version":
		s.version = value
	case "Status":
		s.status = value
	}
}
