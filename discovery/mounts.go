package discovery

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Mount is a file system that someone mounted. Mounts' data maps mount points to it.
type Mount struct {
	Source string `json:"source"` // "/dev/vda1", "nas:/export/home"
	FSType string `json:"fstype"`
	// Options are by name; one without a value is true.
	Options map[string]any `json:"options,omitempty"`
}

// Bounds of a table of mounts, beyond which it is an error.
const (
	maxMounts         = 10_000
	maxMountLineBytes = 64 << 10 // an overlay of 128 layers has 12 kB
)

// Mounts finds the file systems that hold the host's files: those on devices and over the network. What
// the kernel makes up (proc, tmpfs, ...) and what containers mount, which come and go, are left out.
func Mounts() Agent {
	return Agent{
		Name: "mounts", Description: "File systems on devices and over the network",
		Every: time.Minute,
		Discover: func(_ context.Context, host Host) (any, error) {
			return parseFile(host.FS(), "proc/self/mountinfo", parseMounts)
		},
	}
}

// parseMounts reads proc_pid_mountinfo(5), where a later mount hides an earlier one in its place:
//
//	36 35 98:0 / /mnt rw,noatime shared:1 - ext3 /dev/root rw,errors=continue
//	          │ │    │          └ fields up to the hyphen      └ of the file system
//	          │ │    └ options of the mount
//	          │ └ mount point
//	          └ what of the file system is mounted there
func parseMounts(r io.Reader) (map[string]Mount, error) {
	mounts := map[string]Mount{}
	var automounts []string
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, maxMountLineBytes)
	for line := 1; sc.Scan(); line++ {
		f := strings.Fields(sc.Text())
		hyphen := slices.Index(f, "-")
		if hyphen < 6 || len(f) < hyphen+3 {
			return nil, fmt.Errorf("line %d: %q is no mount", line, sc.Text())
		}
		root, at := unescape(f[3]), unescape(f[4])
		m := Mount{Source: unescape(f[hyphen+2]), FSType: f[hyphen+1]}
		if m.FSType == "autofs" {
			automounts = append(automounts, at)
		}
		if !m.lasts(root, at) {
			delete(mounts, at)
			continue
		}
		m.Options = parseMountOptions(f[5], f[hyphen+3:])
		if mounts[at] = m; len(mounts)+len(automounts) > maxMounts {
			return nil, fmt.Errorf("line %d: more than %d mounts: %w", line, maxMounts, ErrTooLarge)
		}
	}
	// What an automounter mounted for whoever asked goes again when it is not used.
	maps.DeleteFunc(mounts, func(at string, _ Mount) bool {
		return slices.ContainsFunc(automounts, func(dir string) bool { return isBelow(at, dir) })
	})
	return mounts, sc.Err()
}

// lasts reports whether a mount is one that someone made to stay.
func (m Mount) lasts(root, at string) bool {
	comesAndGoes := []string{"/run", "/var/lib/containers", "/var/lib/docker", "/var/lib/kubelet"}
	if slices.ContainsFunc(comesAndGoes, func(dir string) bool { return isBelow(at, dir) }) {
		return false
	}
	if strings.HasPrefix(m.Source, "/dev/") {
		// A part of a device's files is mounted elsewhere for a sandbox; subvolumes are parts, too. A
		// snap's image is on another loop device after each start.
		return (root == "/" || m.FSType == "btrfs") && m.FSType != "squashfs"
	}
	switch m.FSType {
	case "9p", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "lustre", "nfs", "nfs4", "smb3", "virtiofs", "zfs":
		return true
	}
	return false
}

// isBelow reports whether name is in dir or deeper; dir itself is not.
func isBelow(name, dir string) bool {
	return name != dir && strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/")
}

// parseMountOptions reads lists like "rw,relatime,addr=192.0.2.9" of a mount and of its file system.
// Whether files can be written is the latter's to say: a nanoprobe in a sandbox sees read-only mounts
// that are so for itself alone. The port of a server's mount daemon changes with each of its starts.
func parseMountOptions(ofMount string, ofFileSystem []string) map[string]any {
	options := map[string]any{}
	for option := range strings.SplitSeq(ofMount, ",") {
		if option != "" && option != "ro" && option != "rw" {
			options[option] = true
		}
	}
	for option := range strings.SplitSeq(strings.Join(ofFileSystem, ","), ",") {
		name, value, hasValue := strings.Cut(option, "=")
		switch {
		case name == "" || name == "mountport":
		case hasValue:
			options[name] = value
		default:
			options[name] = true
		}
	}
	return options
}

// unescape undoes what the kernel writes for a space, tab, newline and backslash: "\040" and so on.
func unescape(s string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, `\`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		s = after
		if len(s) >= 3 {
			if c, err := strconv.ParseUint(s[:3], 8, 8); err == nil {
				b.WriteByte(byte(c))
				s = s[3:]
				continue
			}
		}
		b.WriteByte('\\')
	}
}
