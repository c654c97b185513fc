package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestSysctlFiles(t *testing.T) {
	got := sysctlFiles([]string{
		"/etc/sysctl.conf", "/etc/sysctl.d/20-b.conf", "/etc/sysctl.d/99-x.conf", "/etc/sysctl.d/README", "/etc/sysctl.d/sub/1.conf",
		"/run/sysctl.d/10-a.conf", "/usr/lib/sysctl.d/10-a.conf", "/usr/lib/sysctl.d/20-b.conf", "/usr/lib/sysctl.d/50-c.conf", "/etc/passwd",
	})
	want := []string{"/run/sysctl.d/10-a.conf", "/etc/sysctl.d/20-b.conf", "/usr/lib/sysctl.d/50-c.conf", "/etc/sysctl.d/99-x.conf", "/etc/sysctl.conf"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestParseSysctl(t *testing.T) {
	settings, bad := parseSysctl("f", `
# comment
; comment too
vm.swappiness=10
net/ipv4/ip_forward = 1
/net/ipv4/conf/eth0.7/mtu = 1400
net.ipv4.tcp_rmem = 4096	131072   6291456
-net.core.absent = 1
-net.ipv4.conf.all.rp_filter
kernel.core_pattern = |/bin/x %p=%u
empty.value =
net.ipv4.conf.*.rp_filter = 2
no value
two words = 1
= 1
`)
	var got []string
	for _, s := range settings {
		got = append(got, fmt.Sprintf("%d %s=%q %v %v", s.line, s.key, s.value, s.unset, s.mild))
	}
	for _, b := range bad {
		got = append(got, fmt.Sprint(b.line, " ", b.what))
	}
	checkLines(t, "settings", got, `
4 vm.swappiness="10" false false
5 net.ipv4.ip_forward="1" false false
6 net.ipv4.conf.eth0/7.mtu="1400" false false
7 net.ipv4.tcp_rmem="4096 131072 6291456" false false
8 net.core.absent="1" false true
9 net.ipv4.conf.all.rp_filter="" true true
10 kernel.core_pattern="|/bin/x %p=%u" false false
11 empty.value="" false false
12 net.ipv4.conf.*.rp_filter="2" false false
13 "no value" is no KEY = VALUE
14 "two words = 1" is no KEY = VALUE
15 "= 1" is no KEY = VALUE`)
}

func TestParseLive(t *testing.T) {
	live, bad := parseLive("a.b = 1\nc.d = 4096\t131072\ne.f = \ncdrom.info = one\ncdrom.info = \ncdrom.info = two\tsr0\nsysctl: reading key\n\n")
	want := map[string]string{"a.b": "1", "c.d": "4096 131072", "e.f": "", "cdrom.info": "one two sr0"}
	if fmt.Sprint(live) != fmt.Sprint(want) || len(bad) != 1 || bad[0].line != 7 {
		t.Errorf("%v, %v, want %v and line 7", live, bad, want)
	}
	many, bad := parseLive(strings.Repeat("a = 1\n", 2) + func() string {
		var b strings.Builder
		for i := range maxLiveKeys {
			fmt.Fprintf(&b, "k%d = 1\n", i)
		}
		return b.String()
	}())
	if len(many) != maxLiveKeys || len(bad) != 1 {
		t.Errorf("%d keys, %d bad lines, want the last left out", len(many), len(bad))
	}
}

// TestEffective: files as settings in their order, the live keys, and what counts in the end.
func TestEffective(t *testing.T) {
	tests := []struct{ files, live, want string }{
		{"a.b=1\na.b=2", "", "a.b=2"},
		{"net.*.x=1", "net.a.x net.b.x net.a.b.x", "net.a.x=1 net.b.x=1"},
		{"net.a.x=5\nnet.*.x=1", "net.a.x net.b.x", "net.a.x=5 net.b.x=1"},
		{"net.*.x=1\n-net.a.x", "net.a.x net.b.x", "net.b.x=1"},
		{"net.*.x=1\nnet.[ab].x=2", "net.a.x net.c.x", "net.a.x=2 net.c.x=1"},
		{"net.*.x=1\nnet.?.x=2\nnet.*.x=3", "net.a.x", "net.a.x=3"},
		{"net.[.x=1", "net.a.x", ""},
		{"-gone", "", ""},
	}
	for _, tt := range tests {
		settings, _ := parseSysctl("f", tt.files)
		live := map[string]string{}
		for key := range strings.FieldsSeq(tt.live) {
			live[key] = "0"
		}
		var got []string
		for _, s := range effective(settings, live) {
			got = append(got, s.key+"="+s.value)
		}
		if text := strings.Join(got, " "); text != tt.want {
			t.Errorf("%q with %q: %q, want %q", tt.files, tt.live, text, tt.want)
		}
	}
}

func sysctlOf(keys ...string) SysctlReport {
	s := NewSysctl(keys)
	const conf = "/etc/sysctl.d/10.conf"
	s.Add(hostOf("a", livePath, "vm.swappiness = 60\nnet.x = 1 2\n", conf, "vm.swappiness = 10\nnet.x = 1\t2\n-not.here = 1\n"))
	s.Add(hostOf("b", livePath, "vm.swappiness = 60\n", conf, "vm.swappiness = 10\nnot.there = 1\nbad\n"))
	s.Add(hostOf("c", livePath, "vm.swappiness = 30\n", conf, "vm.swappiness = 10\n", sysctlMain, "vm.swappiness = 30\n"))
	s.Add(hostOf("d", livePath, "vm.swappiness = 40\n", conf, "vm.swappiness = 10\n"))
	s.Add(hostOf("e", conf, "vm.swappiness = 10\n"))
	unreadable := hostOf("f", livePath, "x = 1\n")
	unreadable.Notices[conf] = "not readable"
	s.Add(unreadable)
	return s.Report()
}

func TestSysctl(t *testing.T) {
	r := sysctlOf()
	var got []string
	for _, d := range r.Differences {
		line := fmt.Sprintf("%s configured %q live %q absent %v:", d.Key, d.Configured, d.Live, d.Absent)
		for _, h := range d.Hosts {
			line += fmt.Sprintf(" %s %s:%d", h.Host, h.File, h.Line)
		}
		got = append(got, line)
	}
	got = append(got, problemLines(r.Problems)...)
	checkLines(t, "differences", got, `
not.there configured "1" live "" absent true: b /etc/sysctl.d/10.conf:2
vm.swappiness configured "10" live "60" absent false: a /etc/sysctl.d/10.conf:1 b /etc/sysctl.d/10.conf:1
vm.swappiness configured "10" live "40" absent false: d /etc/sysctl.d/10.conf:1
/etc/sysctl.d/10.conf:3: "bad" is no KEY = VALUE
/etc/sysctl.d/10.conf:0: no content: not readable`)
	if r.Hosts != 5 || r.Differing != 3 || r.NotCompared != 1 {
		t.Errorf("%d hosts, %d differ, %d not compared, want 5, 3, 1", r.Hosts, r.Differing, r.NotCompared)
	}
	if one := sysctlOf("not.*"); len(one.Differences) != 1 || one.Differing != 1 {
		t.Errorf("one key: %+v", one.Differences)
	}
}

func FuzzSysctl(f *testing.F) {
	f.Add([]byte("vm.swappiness = 10\n-a\nb.*=1"), []byte("vm.swappiness = 60\nb.c = 1"))
	f.Fuzz(func(t *testing.T, file, live []byte) {
		s := NewSysctl(nil)
		s.Add(hostOf("a", livePath, string(live), sysctlMain, string(file)))
		for _, d := range s.Report().Differences {
			if d.Key == "" || d.Configured == d.Live && !d.Absent || len(d.Hosts) != 1 {
				t.Errorf("%q, %q: %+v", file, live, d)
			}
		}
	})
}
