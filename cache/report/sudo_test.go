package report

import (
	"fmt"
	"strings"
	"testing"
)

const oddSudoers = `# This file MUST be edited with visudo \
Defaults	env_reset, secure_path="/usr/sbin:/usr/bin"
Defaults:alice !requiretty
Defaults>root !x
User_Alias	ADMINS = alice, %wheel, !mallory : OPS = ADMINS, #1005
Runas_Alias DB = postgres, mysql
Host_Alias WEB = web*, WWW : WWW = www.example.org
Cmnd_Alias REBOOT = /sbin/reboot, /sbin/shutdown -h now, \
    !/sbin/halt
Cmnd_Alias  NET = /sbin/ip link set eth0\:1 down, REBOOT

root	ALL=(ALL:ALL) ALL
%sudo   ALL=(ALL:ALL) NOPASSWD: ALL   # trailing
ADMINS  WEB = (DB) NOPASSWD: NOEXEC: /usr/bin/psql, PASSWD: /usr/bin/dump, (root) REBOOT : DBHOST = ALL
#1000 ALL = sha256:abc= , sha512:def /bin/ls, !NET
%#10 10.0.0.0/8, !ALL = /bin/a
%#10 10.0.0.0/8 = CWD=/tmp TIMEOUT=1m /bin/b a\,b, () /bin/self, (:adm) /bin/asgroup
"domain user" ALL = ALL
%"domain users" ALL = ALL
+netgroup ALL = /bin/net
bad line
also = bad : =
alice ALL = (root /bin/x
@include sudoers.local
#includedir /etc/sudoers.d
@include "/etc/sudo gone"
`

func grantsOf(r SudoReport) []string {
	var lines []string
	for _, g := range r.Grants {
		line := fmt.Sprintf("%s (%s) %s%s", g.Host, g.RunAs, strings.Repeat("!", map[bool]int{true: 1}[g.Denied]), g.Command)
		if len(g.Tags) > 0 {
			line += fmt.Sprint(" ", g.Tags)
		}
		if g.Unsure {
			line += " ?"
		}
		lines = append(lines, fmt.Sprint(line, " ", g.File, ":", g.Line))
	}
	return lines
}

func sudoHost(name string) *Host {
	return hostOf(name, sudoersPath, oddSudoers, passwdPath, "root:x:0:0:::\nalice:x:1000:10:::\nmallory:x:1005:1:::\n",
		groupPath, "wheel:x:10:mallory,carol\nsudo:x:27:carol\n",
		"/etc/sudoers.local", "alice ALL = /bin/local\n@include /etc/sudoers\n",
		"/etc/sudoers.d/10-a", "alice ALL = /bin/a\n", "/etc/sudoers.d/README.old", "alice ALL = ALL\n", "/etc/sudoers.d/b~", "alice ALL = ALL\n",
		"/etc/sudoers.d/sub/c", "alice ALL = ALL\n")
}

func TestSudo(t *testing.T) {
	tests := []struct{ user, host, want string }{
		{"root", "db1", "db1 (ALL:ALL) ALL /etc/sudoers:12\ndb1 (root) /bin/net ? /etc/sudoers:20"},
		{"alice", "web1", `
web1 (postgres,mysql) /usr/bin/psql [NOPASSWD NOEXEC] /etc/sudoers:14
web1 (postgres,mysql) /usr/bin/dump [NOEXEC] /etc/sudoers:14
web1 (root) /sbin/reboot [NOEXEC] /etc/sudoers:14
web1 (root) /sbin/shutdown -h now [NOEXEC] /etc/sudoers:14
web1 (root) !/sbin/halt [NOEXEC] /etc/sudoers:14
web1 (root) sha256:abc= , sha512:def /bin/ls /etc/sudoers:15
web1 (root) !/sbin/ip link set eth0:1 down /etc/sudoers:15
web1 (root) !/sbin/reboot /etc/sudoers:15
web1 (root) !/sbin/shutdown -h now /etc/sudoers:15
web1 (root) /sbin/halt /etc/sudoers:15
web1 (root) /bin/b a,b ? /etc/sudoers:17
web1 (self) /bin/self ? /etc/sudoers:17
web1 (:adm) /bin/asgroup ? /etc/sudoers:17
web1 (root) /bin/net ? /etc/sudoers:20
web1 (root) /bin/local /etc/sudoers.local:1
web1 (root) /bin/a /etc/sudoers.d/10-a:1`},
		{"carol", "WWW.example.org", `
WWW.example.org (ALL:ALL) ALL [NOPASSWD] /etc/sudoers:13
WWW.example.org (postgres,mysql) /usr/bin/psql [NOPASSWD NOEXEC] /etc/sudoers:14
WWW.example.org (postgres,mysql) /usr/bin/dump [NOEXEC] /etc/sudoers:14
WWW.example.org (root) /sbin/reboot [NOEXEC] /etc/sudoers:14
WWW.example.org (root) /sbin/shutdown -h now [NOEXEC] /etc/sudoers:14
WWW.example.org (root) !/sbin/halt [NOEXEC] /etc/sudoers:14
WWW.example.org (root) sha256:abc= , sha512:def /bin/ls ? /etc/sudoers:15
WWW.example.org (root) !/sbin/ip link set eth0:1 down ? /etc/sudoers:15
WWW.example.org (root) !/sbin/reboot ? /etc/sudoers:15
WWW.example.org (root) !/sbin/shutdown -h now ? /etc/sudoers:15
WWW.example.org (root) /sbin/halt ? /etc/sudoers:15
WWW.example.org (root) /bin/b a,b ? /etc/sudoers:17
WWW.example.org (self) /bin/self ? /etc/sudoers:17
WWW.example.org (:adm) /bin/asgroup ? /etc/sudoers:17
WWW.example.org (root) /bin/net ? /etc/sudoers:20`},
		{"domain user", "x", "x (root) sha256:abc= , sha512:def /bin/ls ? /etc/sudoers:15\n" +
			"x (root) !/sbin/ip link set eth0:1 down ? /etc/sudoers:15\nx (root) !/sbin/reboot ? /etc/sudoers:15\n" +
			"x (root) !/sbin/shutdown -h now ? /etc/sudoers:15\nx (root) /sbin/halt ? /etc/sudoers:15\n" +
			"x (root) ALL /etc/sudoers:18\nx (root) /bin/net ? /etc/sudoers:20"},
	}
	for _, tt := range tests {
		s := NewSudo(tt.user)
		s.Add(sudoHost(tt.host))
		s.Add(hostOf("none", passwdPath, "x"))
		r := s.Report()
		checkLines(t, tt.user, grantsOf(r), tt.want)
		if r.Hosts != 1 || r.NotKnown != 1 || r.With != 1 {
			t.Errorf("%s: %d hosts, %d not known, %d with a right, want 1 of each", tt.user, r.Hosts, r.NotKnown, r.With)
		}
		if r.Grants[0].Account != (tt.user == "root" || tt.user == "alice") {
			t.Errorf("%s: account %v", tt.user, r.Grants[0].Account)
		}
		checkLines(t, "problems", problemLines(r.Problems), `
/etc/sudoers:21: no '=' between hosts and commands
/etc/sudoers:22: a name is missing before "= bad : ="
/etc/sudoers:23: no ')' before "/bin/x"
/etc/sudoers:26: includes "/etc/sudo gone", which the cache does not have`)
	}
}

// TestSudoLists: the last member of a list that fits decides, through aliases too.
func TestSudoLists(t *testing.T) {
	const aliases = "User_Alias A = ALL, !bob : B = !A, carol : LOOP = LOOP, bob\n"
	tests := []struct{ users, hosts, want string }{
		{"bob", "ALL", "yes"},
		{"bob, !bob", "ALL", "no"},
		{"!bob, bob", "ALL", "yes"},
		{"!!bob", "ALL", "yes"},
		{"ALL, !%staff", "ALL", "no"},
		{"A", "ALL", "no"},
		{"!A", "ALL", "yes"},
		{"B", "ALL", "yes"},
		{"LOOP", "ALL", "yes"},
		{"+net", "ALL", "maybe"},
		{"+net, bob", "ALL", "yes"},
		{"bob, +net", "ALL", "yes"},
		{"bob, !+net", "ALL", "maybe"},
		{"!+net", "ALL", "no"},
		{"+net, !bob", "ALL", "no"},
		{"%:ad", "ALL", "maybe"},
		{"#1001", "ALL", "yes"},
		{"#1002", "ALL", "no"},
		{"%#50", "ALL", "yes"},
		{"%#51", "ALL", "no"},
		{"%staff", "ALL", "yes"},
		{`"%staff"`, "ALL", "yes"},
		{`"A"`, "ALL", "no"},
		{"Bob", "ALL", "no"},
		{"bob", "WEB1", "yes"},
		{"bob", "web?.example.org", "yes"},
		{"bob", "web2", "no"},
		{"bob", "192.0.2.1", "maybe"},
		{"bob", "2001\\:db8\\:\\:1", "maybe"},
		{"bob", "2001:db8::1", "maybe"},
		{"bob", "ALL, !web1", "no"},
		{"+net", "192.0.2.1", "maybe"},
		{"+net", "db1", "no"},
	}
	for _, tt := range tests {
		s := NewSudo("bob")
		s.Add(hostOf("web1.example.org", sudoersPath, aliases+tt.users+" "+tt.hosts+" = ALL", passwdPath, "bob:x:1001:50:::\n", groupPath, "staff:x:50:\n"))
		r := s.Report()
		got := "no"
		if len(r.Grants) == 1 {
			got = map[bool]string{true: "maybe", false: "yes"}[r.Grants[0].Unsure]
		}
		if got != tt.want || r.Problems.Count > 0 {
			t.Errorf("%s on %s: %s, want %s; problems %v", tt.users, tt.hosts, got, tt.want, r.Problems.First)
		}
	}
}

// TestSudoIsBounded: aliases that multiply, and includes without end, end.
func TestSudoIsBounded(t *testing.T) {
	var b strings.Builder
	for c := 'A'; c < 'Z'; c++ {
		fmt.Fprintf(&b, "Cmnd_Alias %c = %c, %c, %c\n", c, c+1, c+1, c+1)
	}
	b.WriteString("Cmnd_Alias Z = /bin/z\nbob ALL = A\n")
	s := NewSudo("bob")
	s.Add(hostOf("a", sudoersPath, b.String()))
	if r := s.Report(); len(r.Grants) > maxHostGrants || r.Problems.Count != 1 {
		t.Errorf("%d rights, problems %v, want an end and one problem", len(r.Grants), r.Problems.First)
	}
	s = NewSudo("bob")
	s.Add(hostOf("a", sudoersPath, strings.Repeat("@includedir /etc/sudoers.d\n", maxIncludes+1)))
	if r := s.Report(); r.Problems.Count != 1 {
		t.Errorf("problems %v, want that there are too many includes", r.Problems.First)
	}
}

func FuzzSudo(f *testing.F) {
	f.Add([]byte(oddSudoers), "alice")
	f.Add([]byte("x ALL = sha224:a, sha256:b"), "x")
	f.Fuzz(func(t *testing.T, sudoers []byte, user string) {
		s := NewSudo(user)
		s.Add(hostOf("web1", sudoersPath, string(sudoers), passwdPath, "alice:x:1000:10:::\n"))
		r := s.Report()
		for _, g := range r.Grants {
			if g.Command == "" || g.Line < 1 || g.RunAs == "" {
				t.Errorf("%q: %+v", sudoers, g)
			}
		}
	})
}
