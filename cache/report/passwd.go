package report

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	passwdPath = "/etc/passwd"
	groupPath  = "/etc/group"
)

// account is a line of passwd.
type account struct {
	name     string
	uid, gid uint32
}

// parsePasswd reads passwd(5). Lines of NIS ("+name", "-name") say nothing of this host.
func parsePasswd(text string) (accounts []account, bad []badLine) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		fields, err := colonFields(line, 7)
		if fields == nil && err == nil {
			continue
		}
		var a account
		if err == nil {
			a.name = fields[0]
			a.uid, err = parseID("uid", fields[2])
		}
		if err == nil {
			a.gid, err = parseID("gid", fields[3])
		}
		if err != nil {
			bad = append(bad, badLine{number, err.Error()})
			continue
		}
		accounts = append(accounts, a)
	}
	return accounts, bad
}

// group is a line of group.
type group struct {
	name    string
	gid     uint32
	members []string
}

// parseGroups reads group(5).
func parseGroups(text string) (groups []group, bad []badLine) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		fields, err := colonFields(line, 4)
		if fields == nil && err == nil {
			continue
		}
		var g group
		if err == nil {
			g.name = fields[0]
			g.gid, err = parseID("gid", fields[2])
		}
		if err != nil {
			bad = append(bad, badLine{number, err.Error()})
			continue
		}
		for name := range strings.SplitSeq(fields[3], ",") {
			if name = strings.TrimSpace(name); name != "" {
				g.members = append(g.members, name)
			}
		}
		groups = append(groups, g)
	}
	return groups, bad
}

// colonFields splits a line; nil without an error means that there is nothing in it.
func colonFields(line string, want int) ([]string, error) {
	line = strings.TrimRight(line, "\r\n")
	if strings.TrimSpace(line) == "" || strings.ContainsRune("#+-", rune(line[0])) {
		return nil, nil
	}
	fields := strings.Split(line, ":")
	switch {
	case len(fields) != want:
		return nil, fmt.Errorf("%d fields, want %d", len(fields), want)
	case fields[0] == "":
		return nil, fmt.Errorf("no name")
	}
	return fields, nil
}

func parseID(what, text string) (uint32, error) {
	id, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%s %s is no number of 32 bits", what, excerpt(text))
	}
	return uint32(id), nil
}
