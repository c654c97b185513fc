package discovery

import (
	"reflect"
	"strings"
	"testing"
)

// TestLongLines: a host with very many users, and a process in very many groups, are read.
func TestLongLines(t *testing.T) {
	groups := "all:x:100:" + strings.Repeat("someone,", 20_000) + "\nwww:x:33:\n"
	got, err := parseNames(strings.NewReader(groups))
	if want := (map[uint32]string{100: "all", 33: "www"}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("a group of 20,000 users: %v, %v, want %v", got, err, want)
	}
	status := "Uid:\t1\t1\t1\t1\nGid:\t2\t2\t2\t2\nGroups:\t" + strings.Repeat("1000 ", 20_000) + "\n"
	if got, err := parseOwner(strings.NewReader(status)); err != nil || got != (owner{1, 2}) {
		t.Errorf("a process in 20,000 groups: %v, %v", got, err)
	}
}

// TestNamesCutOff: the number before which a file was cut off is no id.
func TestNamesCutOff(t *testing.T) {
	got, err := parseNames(strings.NewReader("root:x:0:0::/:\nalice:x:12"))
	if want := (map[uint32]string{0: "root"}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}
