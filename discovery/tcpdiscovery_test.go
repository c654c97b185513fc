package discovery

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const tcpHeader = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

func tcpRow(local, remote, state, inode string) string {
	return fmt.Sprintf("   0: %s %s %s 00000000:00000000 00:00000000 00000000     0        0 %s 1 0000000000000000\n", local, remote, state, inode)
}

func TestParseTCP(t *testing.T) {
	listener := tcpSocket{netip.MustParseAddrPort("127.0.0.1:8080"), netip.MustParseAddrPort("0.0.0.0:0"), stateListen, 7}
	row := tcpRow("0100007F:1F90", "00000000:0000", "0A", "7")
	tests := []struct {
		name, in string
		want     []tcpSocket
		err      string // part of the error
	}{
		{"a listener", tcpHeader + row, []tcpSocket{listener}, ""},
		{"header only", tcpHeader, nil, ""},
		{"nothing", "", nil, ""},
		{"TIME_WAIT says nothing", tcpHeader + tcpRow("0100007F:1F90", "0100007F:0001", "06", "0"), nil, ""},
		{"IPv6", tcpHeader + tcpRow("B80D0120000000000000000001000000:01BB", "00000000000000000000000000000000:0000", "0A", "7"),
			[]tcpSocket{{netip.MustParseAddrPort("[2001:db8::1]:443"), netip.MustParseAddrPort("[::]:0"), stateListen, 7}}, ""},
		{"IPv4 in IPv6", tcpHeader + tcpRow("0000000000000000FFFF00000100007F:0050", "0000000000000000FFFF0000010200C0:C350", "01", "9"),
			[]tcpSocket{{netip.MustParseAddrPort("127.0.0.1:80"), netip.MustParseAddrPort("192.0.2.1:50000"), stateEstablished, 9}}, ""},
		{"cut off", tcpHeader + row[:60], nil, "line 2: 6 fields, want at least 10"},
		{"no inode", tcpHeader + row + tcpRow("0100007F:1F90", "00000000:0000", "0A", "x"), nil, `line 3: strconv.ParseUint: parsing "x"`},
		{"no address", tcpHeader + tcpRow("0100007F", "00000000:0000", "0A", "7"), nil, `"0100007F" is not an address like 0100007F:1F90`},
	}
	for _, tt := range tests {
		got, err := parseTCP(strings.NewReader(tt.in))
		if tt.err != "" {
			checkError(t, tt.name, err, tt.err)
			continue
		}
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, %v, want %v", tt.name, got, err, tt.want)
		}
	}
}

func TestParseHexAddrPort(t *testing.T) {
	tests := []struct {
		in   string
		want string // empty: an error
	}{
		{"0100007F:1F90", "127.0.0.1:8080"},
		{"00000000:0016", "0.0.0.0:22"},
		{"00000000000000000000000001000000:0019", "[::1]:25"},
		{"0100007F", ""},
		{"0100007F:", ""},
		{"0100007F:10000", ""},
		{"7F:0016", ""},
		{"0100007F0100007F:0016", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got, err := parseHexAddrPort(tt.in)
		if tt.want == "" {
			if err == nil {
				t.Errorf("parseHexAddrPort(%q) = %v, want an error", tt.in, got)
			}
			continue
		}
		if err != nil || got != netip.MustParseAddrPort(tt.want) {
			t.Errorf("parseHexAddrPort(%q) = %v, %v, want %s", tt.in, got, err, tt.want)
		}
	}
}

// TestRoles: whether a connected socket is the client's side or the server's is known from who listens.
func TestRoles(t *testing.T) {
	tests := []struct {
		listening string // space-separated
		local     string
		client    bool
	}{
		{"", "127.0.0.1:40000", true},
		{"", "127.0.0.1:39999", true},
		{"127.0.0.1:80", "127.0.0.1:80", false},
		{"127.0.0.1:80", "127.0.0.1:81", true},
		{"127.0.0.1:80", "192.0.2.1:80", true},
		{"0.0.0.0:80", "192.0.2.1:80", false},
		{"0.0.0.0:80", "[2001:db8::1]:80", true},
		{"[::]:80", "[2001:db8::1]:80", false},
		{"[::]:80", "192.0.2.1:80", false},
		{"[::1]:80", "[::1]:80", false},
		{"[::1]:80 0.0.0.0:81", "[::1]:81", true},
	}
	for _, tt := range tests {
		for _, state := range []tcpState{stateEstablished, stateCloseWait} {
			remote := netip.MustParseAddrPort("192.0.2.9:5432")
			sockets := []tcpSocket{{netip.MustParseAddrPort(tt.local), remote, state, 1}}
			for _, l := range strings.Fields(tt.listening) {
				sockets = append(sockets, tcpSocket{local: netip.MustParseAddrPort(l), state: stateListen, inode: 2})
			}
			want := map[string]string(nil)
			if tt.client {
				want = map[string]string{"192.0.2.9:5432": "tcp"}
			}
			var opened []netip.AddrPort
			if tt.client && sockets[0].local.Port() >= 40000 {
				opened = []netip.AddrPort{remote}
			}
			_, got, gotOpened := newTCPTable(sockets, 40000).roles([]uint64{1, 99})
			if !reflect.DeepEqual(got, want) || !slices.Equal(gotOpened, opened) {
				t.Errorf("%q listening, local %s, state %d: client of %v, opened %v, want %v, %v", tt.listening, tt.local, state, got, gotOpened, want, opened)
			}
		}
	}
}

func TestParseCmdline(t *testing.T) {
	long := strings.Repeat("x", maxCmdlineBytes)
	tests := []struct {
		name, in string
		want     []string
	}{
		{"arguments", "/bin/sh\x00-c\x00sleep 1\x00", []string{"/bin/sh", "-c", "sleep 1"}},
		{"an empty argument inside", "a\x00\x00b\x00", []string{"a", "", "b"}},
		{"a title and its padding", "nginx: master process\x00\x00\x00\x00", []string{"nginx: master process"}},
		{"sshd's counter", "sshd: /usr/sbin/sshd -D [listener] 3 of 10-100 startups\x00", []string{"sshd: /usr/sbin/sshd -D [listener]"}},
		{"PostgreSQL's position", "postgres: walreceiver streaming 0/3000148\x00", []string{"postgres: walreceiver"}},
		{"sidekiq's jobs", "sidekiq 7.0 app [3 of 25 busy]\x00", []string{"sidekiq 7.0 app"}},
		{"a title that says where", "redis-server 127.0.0.1:6379\x00", []string{"redis-server 127.0.0.1:6379"}},
		{"an argument that looks so", "echo\x00 3 of 10-100 startups\x00", []string{"echo", " 3 of 10-100 startups"}},
		{"none", "", []string{}},
		{"cut", long + "y", []string{long}},
	}
	for _, tt := range tests {
		if got, err := parseCmdline(strings.NewReader(tt.in)); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}

func TestParseOwner(t *testing.T) {
	tests := []struct {
		in   string
		want owner
		err  string
	}{
		{"Name:\tsu\nUid:\t1000\t0\t0\t0\nGid:\t1001\t5\t5\t5\n", owner{1000, 1001}, ""},
		{"Uid:\t1\nGid:\t4294967295\n", owner{1, 4294967295}, ""},
		{"Uid:\t1\n", owner{}, "1 lines Uid: and Gid:, want one each"},
		{"Uid:\tx\n", owner{}, `parsing "x"`},
		{"", owner{}, "0 lines"},
	}
	for _, tt := range tests {
		got, err := parseOwner(strings.NewReader(tt.in))
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: %v, %v, want %v, %q", tt.in, got, err, tt.want, tt.err)
		}
	}
}

func TestParseNames(t *testing.T) {
	in := "root:x:0:0:root:/root:/bin/sh\ntoor:x:0:\n+::::::\nbroken\n:x:7:\nwww:*:33:\n"
	got, err := parseNames(strings.NewReader(in))
	if want := (map[uint32]string{0: "root", 33: "www"}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}

// refusing is a file tree of which some things can't be read: what root's tests can't make with modes.
type refusing struct {
	fs.FS
	err error
	at  func(name string) bool
}

func (r refusing) check(op, name string) error {
	if r.at(name) {
		return &fs.PathError{Op: op, Path: name, Err: r.err}
	}
	return nil
}

func (r refusing) Open(name string) (fs.File, error) {
	if err := r.check("open", name); err != nil {
		return nil, err
	}
	return r.FS.Open(name)
}

func (r refusing) ReadLink(name string) (string, error) {
	if err := r.check("readlink", name); err != nil {
		return "", err
	}
	return fs.ReadLink(r.FS, name)
}

func (r refusing) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(r.FS, name) }

// TestUnreadable: what can't be read is left out, and said by class; what is gone is left out; anything
// else is an error.
func TestUnreadable(t *testing.T) {
	tests := []struct {
		name       string
		pattern    string // of what can't be read
		errno      syscall.Errno
		processes  int
		unreadable bool
		err        string
	}{
		{"all is readable", "none", 0, 5, false, ""},
		{"descriptors of another's process", "proc/901/fd", syscall.EACCES, 4, true, ""},
		{"what descriptors are", "proc/901/fd/*", syscall.EACCES, 4, true, ""},
		{"descriptors of a process without sockets", "proc/1/fd", syscall.EACCES, 5, true, ""},
		{"a namespace", "proc/1444/ns/net", syscall.EPERM, 4, true, ""},
		{"a program", "proc/901/exe", syscall.EACCES, 4, true, ""},
		{"ended before its descriptors were read", "proc/901/fd", syscall.ENOENT, 4, false, ""},
		{"ended while they were", "proc/901/cmdline", syscall.ESRCH, 4, false, ""},
		{"one descriptor closed meanwhile", "proc/901/fd/8", syscall.ENOENT, 5, false, ""},
		{"the first of a namespace ended before its tables were read", "proc/1010/net/tcp", syscall.ENOENT, 5, false, ""},
		{"a kernel without IPv6", "proc/*/net/tcp6", syscall.ENOENT, 5, false, ""},
		{"our own namespace", "proc/self/ns/net", syscall.EACCES, 5, false, ""},
		{"trouble", "proc/901/fd", syscall.EIO, 0, false, "open proc/901/fd: input/output error"},
		{"trouble with names", "etc/group", syscall.EIO, 0, false, "open etc/group: input/output error"},
	}
	for _, tt := range tests {
		fsys := refusing{recorded("debian12").FS(), tt.errno, func(name string) bool {
			ok, _ := path.Match(tt.pattern, name)
			return ok
		}}
		data, err := readServices(t.Context(), fsys, &recent{}, testTime)
		if tt.err != "" {
			checkError(t, tt.name, err, tt.err)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		delete(data, NamespacesKey)
		got := len(data)
		classes, unreadable := data[UnreadableKey]
		if unreadable {
			got--
			if want := []string{unreadableSockets}; !reflect.DeepEqual(classes, want) {
				t.Errorf("%s: %q, want %q", tt.name, classes, want)
			}
		}
		if got != tt.processes || unreadable != tt.unreadable {
			t.Errorf("%s: %d processes, unreadable %v, want %d, %v", tt.name, got, unreadable, tt.processes, tt.unreadable)
		}
	}
}

// TestHidden: a /proc mounted with hidepid shows no process 1, so others are hidden as well.
func TestHidden(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, recorded("debian12").FS()); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "proc/1")); err != nil {
		t.Fatal(err)
	}
	data, err := readServices(t.Context(), os.DirFS(dir), &recent{}, testTime)
	if err != nil || data[UnreadableKey] == nil {
		t.Errorf("%v, %v, want %q", data, err, UnreadableKey)
	}
}

func TestReadServicesInterrupted(t *testing.T) {
	ctx, cancel := contextDone(t)
	defer cancel()
	if _, err := readServices(ctx, recorded("debian12").FS(), &recent{}, testTime); !errors.Is(err, ctx.Err()) {
		t.Errorf("%v, want %v", err, ctx.Err())
	}
}

func FuzzParseTCP(f *testing.F) {
	for _, name := range []string{"tcp", "tcp6"} {
		seed, err := os.ReadFile("testdata/hosts/debian12/proc/901/net/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(seed))
	}
	f.Fuzz(func(t *testing.T, s string) {
		sockets, err := parseTCP(strings.NewReader(s))
		if err != nil {
			return
		}
		inodes := []uint64{}
		for _, s := range sockets {
			inodes = append(inodes, s.inode)
		}
		listens, clientOf, _ := newTCPTable(sockets, 32768).roles(inodes)
		for _, addrs := range []map[string]string{listens, clientOf} {
			for a := range addrs {
				if _, err := netip.ParseAddrPort(a); err != nil {
					t.Errorf("%q: %v", a, err)
				}
			}
		}
	})
}

func FuzzParseProcess(f *testing.F) {
	f.Add("a\x00b\x00\x00", "Uid:\t1\t1\nGid:\t2\n", "root:x:0:0\n", "socket:[7]")
	f.Fuzz(func(t *testing.T, cmdline, status, passwd, link string) {
		args, err := parseCmdline(strings.NewReader(cmdline))
		if err != nil || args == nil {
			t.Errorf("parseCmdline(%q) = %q, %v: nil would be null in JSON", cmdline, args, err)
		}
		if _, err := json.Marshal(args); err != nil {
			t.Error(err)
		}
		_, _ = parseOwner(strings.NewReader(status))
		_, _ = parseNames(strings.NewReader(passwd))
		_, _ = socketInode(link)
	})
}

// TestOwnConnections: what the nanoprobe is connected to is no news, and what it listens on is.
func TestOwnConnections(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	data, err := readServices(t.Context(), os.DirFS("/"), &recent{linger: time.Hour}, testTime)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for key, v := range data {
		if p, ok := v.(Process); ok && p.ListenAddrs[l.Addr().String()] != "" {
			if found = true; len(p.ClientAddrs) > 0 {
				t.Errorf("%s is connected to %v, want nothing of the test's own process", key, p.ClientAddrs)
			}
		}
	}
	if !found {
		t.Errorf("the listener at %s was not found in %v", l.Addr(), data)
	}
}
