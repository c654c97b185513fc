package report

import (
	"fmt"
	"slices"
	"testing"
)

const oddPasswd = `root:x:0:0:root:/root:/bin/bash
# a comment
alice:x:1000:1000:Alice,,,:/home/alice:/bin/zsh

+@netgroup::::::
+::::::
bob:x:1001
carol:x:-1:1:::
:x:5:5:::
dave:x:4294967296:1:::
erin:x:12:twelve:::
nobody:*:4294967295:65534:nobody:/:
crlf:x:7:7::/:/bin/sh` + "\r\nlast:x:8:8::/:/bin/sh"

func TestParsePasswd(t *testing.T) {
	accounts, bad := parsePasswd(oddPasswd)
	var got []string
	for _, a := range accounts {
		got = append(got, fmt.Sprint(a.name, " ", a.uid, " ", a.gid))
	}
	for _, b := range bad {
		got = append(got, fmt.Sprint(b.line, ": ", b.what))
	}
	checkLines(t, "passwd", got, `
root 0 0
alice 1000 1000
nobody 4294967295 65534
crlf 7 7
last 8 8
7: 3 fields, want 7
8: uid "-1" is no number of 32 bits
9: no name
10: uid "4294967296" is no number of 32 bits
11: gid "twelve" is no number of 32 bits`)
}

func TestParseGroups(t *testing.T) {
	groups, bad := parseGroups("root:x:0:\nwheel:x:10:alice, bob,,\nshort:x:1\n-nis:::\nbad:x:y:\n")
	checkLines(t, "group", []string{fmt.Sprint(groups), fmt.Sprint(bad)}, `
[{root 0 []} {wheel 10 [alice bob]}]
[{3 3 fields, want 4} {5 gid "y" is no number of 32 bits}]`)
}

func usersOf(name string) UsersReport {
	u := NewUsers(name)
	u.Add(hostOf("a", passwdPath, "root:x:0:0:::\nalice:x:1000:1:::\n"))
	u.Add(hostOf("b", passwdPath, "root:x:0:0:::\ntoor:x:0:0:::\nalice:x:1001:1:::\nalice:x:1001:2:::\nbroken\n"))
	u.Add(hostOf("c", passwdPath, "root:x:0:0:::\nalice:x:1001:1:::\nalice:x:1002:1:::\n"))
	u.Add(hostOf("d"))
	unreadable := hostOf("e")
	unreadable.Notices[passwdPath] = "not readable"
	u.Add(unreadable)
	return u.Report()
}

func TestUsers(t *testing.T) {
	r := usersOf("")
	var got []string
	for _, a := range r.Accounts {
		got = append(got, fmt.Sprint(a))
	}
	for _, s := range r.Shared {
		got = append(got, fmt.Sprint("shared ", s))
	}
	got = append(got, problemLines(r.Problems)...)
	checkLines(t, "users", got, `
{alice 3 0 [{1001 2 [b c]} {1000 1 [a]} {1002 1 [c]}]}
{root 3 0 [{0 3 [a b c]}]}
{toor 1 2 [{0 1 [b]}]}
shared {0 [{root 3 [a b c]} {toor 1 [b]}]}
/etc/passwd:5: 1 fields, want 7
/etc/passwd:0: no content: not readable`)
	if r.Hosts != 3 || r.With != nil || r.Without != nil {
		t.Errorf("%+v, want 3 hosts, none of them by name", r)
	}
}

func TestOneUser(t *testing.T) {
	r := usersOf("toor")
	if len(r.Accounts) != 1 || len(r.With) != 1 || r.With[0].Host != "b" || r.With[0].UID != 0 || r.Shared != nil {
		t.Errorf("%+v, want toor on b", r)
	}
	hosts := []string{}
	for _, p := range r.Without {
		hosts = append(hosts, p.Host)
	}
	if !slices.Equal(hosts, []string{"a", "c"}) {
		t.Errorf("without: %q, want a and c, of which the cache knows", hosts)
	}
}

func TestUsersAreBounded(t *testing.T) {
	u := NewUsers("")
	for i := range maxPairs {
		u.pairs[pair{"x", uint32(i)}] = &use{}
	}
	u.Add(hostOf("a", passwdPath, "x:x:1:1:::\ny:x:1:1:::\n"))
	if u.report.LeftOut != 1 || u.hosts["x"] != 1 {
		t.Errorf("left out %d, want y alone", u.report.LeftOut)
	}
}

func FuzzUsers(f *testing.F) {
	f.Add([]byte(oddPasswd), []byte("wheel:x:10:alice\n"))
	f.Fuzz(func(t *testing.T, passwd, group []byte) {
		u := NewUsers("")
		u.Add(hostOf("a", passwdPath, string(passwd)))
		r := u.Report()
		for _, a := range r.Accounts {
			if a.Name == "" || a.Hosts != 1 || a.Without != 0 || len(a.UIDs) == 0 {
				t.Errorf("%q: %+v", passwd, a)
			}
		}
		groups, _ := parseGroups(string(group))
		for _, g := range groups {
			if g.name == "" || slices.Contains(g.members, "") {
				t.Errorf("%q: %+v", group, g)
			}
		}
	})
}
