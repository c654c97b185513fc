package discovery

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestParseMounts tells what stays of a table of mounts, as "mount point source fstype options".
func TestParseMounts(t *testing.T) {
	const disk = "21 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,discard\n"
	tests := []struct{ name, in, want, err string }{
		{"a disk", disk, "/ /dev/vda1 ext4 map[discard:true relatime:true rw:true]", ""},
		{"no optional fields", "21 1 254:1 / / rw - ext4 /dev/vda1 rw\n", "/ /dev/vda1 ext4 map[rw:true]", ""},
		{"several of them", "21 1 254:1 / / rw master:1 propagate_from:2 - ext4 /dev/vda1 rw\n", "/ /dev/vda1 ext4 map[rw:true]", ""},
		{"read-only in a sandbox", "21 1 254:1 / / ro - ext4 /dev/vda1 rw\n", "/ /dev/vda1 ext4 map[rw:true]", ""},
		{"read-only after an error", "21 1 254:1 / / rw - ext4 /dev/vda1 ro\n", "/ /dev/vda1 ext4 map[ro:true]", ""},
		{"what the kernel makes up", "22 21 0:20 / /proc rw - proc proc rw\n23 21 0:9 / /tmp rw - tmpfs tmpfs rw,size=9k\n", "", ""},
		{"a part of a disk elsewhere", "22 21 254:1 /etc /mnt rw - ext4 /dev/vda1 rw\n", "", ""},
		{"a subvolume", "22 21 0:9 /@home /home rw - btrfs /dev/vdb rw,subvol=/@home\n", "/home /dev/vdb btrfs map[rw:true subvol:/@home]", ""},
		{"a snap", "22 21 7:1 / /snap/a/1 ro - squashfs /dev/loop1 ro\n", "", ""},
		{"over the network", "22 21 0:9 / /home rw - nfs4 nas:/home rw,addr=192.0.2.9\n", "/home nas:/home nfs4 map[addr:192.0.2.9 rw:true]", ""},
		{"a part of what comes over the network", "22 21 0:9 /ada /home/ada rw - nfs4 nas:/home rw\n", "/home/ada nas:/home nfs4 map[rw:true]", ""},
		{"the mount daemon's port", "22 21 0:9 / /home rw - nfs nas:/home rw,mountport=1024\n", "/home nas:/home nfs map[rw:true]", ""},
		{"an automounter's", "29 21 0:46 / /home rw - autofs auto rw\n30 29 0:47 / /home/ada rw - nfs4 nas:/a rw\n31 21 0:48 / /homes rw - nfs4 nas:/b rw\n",
			"/homes nas:/b nfs4 map[rw:true]", ""},
		{"an automount of its own place", "29 21 0:46 / /home rw - autofs auto rw\n30 29 0:47 / /home rw - nfs4 nas:/a rw\n", "/home nas:/a nfs4 map[rw:true]", ""},
		{"a container's", "22 21 0:9 / /var/lib/docker/x rw - zfs pool/x rw\n23 21 0:9 / /var/lib/dockers rw - zfs pool/y rw\n",
			"/var/lib/dockers pool/y zfs map[rw:true]", ""},
		{"hidden by another", disk + "22 21 254:2 / / rw - xfs /dev/vdb rw\n", "/ /dev/vdb xfs map[rw:true]", ""},
		{"hidden by what the kernel makes up", disk + "22 21 0:9 / / rw - tmpfs tmpfs rw\n", "", ""},
		{"spaces and backslashes", `22 21 254:2 / /a\040b\134c\0 rw - ext4 /dev/x\011y rw` + "\n", "/a b\\c\\0 /dev/x\ty ext4 map[rw:true]", ""},
		{"cut off", disk + "21 1 254:1 / / rw shared:1 - ext4\n", "", `line 2: "21 1 254:1 / / rw shared:1 - ext4" is no mount`},
		{"no hyphen", "21 1 254:1 / / rw ext4 /dev/vda1 rw\n", "", "line 1: "},
		{"nothing", "", "", ""},
		{"too many", manyMounts(maxMounts + 1), "", "line 10001: more than 10000 mounts"},
	}
	for _, tt := range tests {
		mounts, err := parseMounts(strings.NewReader(tt.in))
		if tt.err != "" {
			checkError(t, tt.name, err, tt.err)
			continue
		}
		var lines []string
		for _, at := range slices.Sorted(maps.Keys(mounts)) {
			m := mounts[at]
			lines = append(lines, fmt.Sprint(at, " ", m.Source, " ", m.FSType, " ", m.Options))
		}
		if got := strings.Join(lines, "; "); err != nil || got != tt.want {
			t.Errorf("%s: %s, %v, want %s", tt.name, got, err, tt.want)
		}
	}
	if mounts, err := parseMounts(strings.NewReader(manyMounts(maxMounts))); err != nil || len(mounts) != maxMounts {
		t.Errorf("%d mounts, %v, want %d", len(mounts), err, maxMounts)
	}
}

func manyMounts(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d 1 254:1 / /m%d rw - ext4 /dev/vda1 rw\n", i+2, i)
	}
	return b.String()
}

func FuzzParseMounts(f *testing.F) {
	f.Add("28 21 0:45 / /srv/a\\040b rw shared:40 - nfs nas:/export rw,addr=192.0.2.9\n")
	f.Fuzz(func(t *testing.T, s string) {
		mounts, err := parseMounts(strings.NewReader(s))
		if err == nil && len(mounts) > maxMounts {
			t.Errorf("%d mounts, want at most %d", len(mounts), maxMounts)
		}
	})
}
