package report

import (
	"cmp"
	"maps"
	"slices"
)

const (
	// maxPairs bounds the pairs of name and uid that are told apart.
	maxPairs = 200_000
	// maxExamples is how many hosts stand for the others that have the same.
	maxExamples = 3
)

// UsersPaths are the paths that Users reads.
func UsersPaths() []string { return []string{passwdPath} }

// UsersReport says which accounts the fleet has.
type UsersReport struct {
	Hosts    int       `json:"hosts"`             // whose passwd was read
	Accounts []Account `json:"accounts"`          // by name
	Shared   []Shared  `json:"shared,omitempty"`  // by uid
	With     []Member  `json:"with,omitempty"`    // hosts that have the account asked for, by name
	Without  []Place   `json:"without,omitempty"` // hosts that don't
	LeftOut  int       `json:"left_out,omitempty"`
	Problems Problems  `json:"problems"`
}

// Account is a name. With more than one uid it is in conflict with itself.
type Account struct {
	Name    string   `json:"name"`
	Hosts   int      `json:"hosts"`
	Without int      `json:"without"` // hosts that don't have it
	UIDs    []UIDUse `json:"uids"`    // the most frequent first
}

// UIDUse is a uid under which hosts have an account.
type UIDUse struct {
	UID      uint32   `json:"uid"`
	Hosts    int      `json:"hosts"`
	Examples []string `json:"examples"` // at most 3 hosts
}

// Shared is a uid that has several names.
type Shared struct {
	UID   uint32    `json:"uid"`
	Names []NameUse `json:"names"` // the most frequent first
}

// NameUse is a name that hosts give to a uid.
type NameUse struct {
	Name     string   `json:"name"`
	Hosts    int      `json:"hosts"`
	Examples []string `json:"examples"`
}

// Member is a host with an account.
type Member struct {
	Place
	UID uint32 `json:"uid"`
	GID uint32 `json:"gid"`
}

type pair struct {
	name string
	uid  uint32
}

// use counts hosts.
type use struct {
	hosts    int
	examples []string
}

// Users compares the accounts of hosts.
type Users struct {
	name   string
	report UsersReport
	hosts  map[string]int // that have a name
	pairs  map[pair]*use
}

// NewUsers returns a report on all accounts, or on the one of that name with the hosts that have it and
// those that don't.
func NewUsers(name string) *Users {
	return &Users{name: name, hosts: map[string]int{}, pairs: map[pair]*use{}}
}

// Add takes a host. One whose passwd the cache doesn't have is passed over.
func (u *Users) Add(h *Host) {
	text, ok := u.report.Problems.content(h, passwdPath)
	if !ok {
		return
	}
	accounts, bad := parsePasswd(text)
	u.report.Problems.addBad(h, passwdPath, bad)
	u.report.Hosts++
	names, pairs := map[string]bool{}, map[pair]bool{}
	for _, a := range accounts {
		if u.name != "" && a.name != u.name {
			continue
		}
		p := pair{a.name, a.uid}
		if pairs[p] || !u.count(p, h) {
			continue
		}
		pairs[p] = true
		if !names[a.name] {
			u.hosts[a.name]++
		}
		names[a.name] = true
		if u.name != "" {
			u.report.With = append(u.report.With, Member{Place: h.Place, UID: a.uid, GID: a.gid})
		}
	}
	if u.name != "" && len(names) == 0 {
		u.report.Without = append(u.report.Without, h.Place)
	}
}

// count reports whether there was room for the pair.
func (u *Users) count(p pair, h *Host) bool {
	seen := u.pairs[p]
	if seen == nil {
		if len(u.pairs) == maxPairs {
			u.report.LeftOut++
			return false
		}
		seen = &use{}
		u.pairs[p] = seen
	}
	seen.hosts++
	if len(seen.examples) < maxExamples {
		seen.examples = append(seen.examples, h.Host)
	}
	return true
}

// Report returns what all hosts together say.
func (u *Users) Report() UsersReport {
	r := u.report
	uids, names := map[string][]UIDUse{}, map[uint32][]NameUse{}
	for p, seen := range u.pairs {
		uids[p.name] = append(uids[p.name], UIDUse{UID: p.uid, Hosts: seen.hosts, Examples: seen.examples})
		names[p.uid] = append(names[p.uid], NameUse{Name: p.name, Hosts: seen.hosts, Examples: seen.examples})
	}
	for _, name := range slices.Sorted(maps.Keys(uids)) {
		uses := uids[name]
		slices.SortFunc(uses, func(a, b UIDUse) int { return cmp.Or(b.Hosts-a.Hosts, cmp.Compare(a.UID, b.UID)) })
		r.Accounts = append(r.Accounts, Account{Name: name, Hosts: u.hosts[name], Without: r.Hosts - u.hosts[name], UIDs: uses})
	}
	for _, uid := range slices.Sorted(maps.Keys(names)) {
		if uses := names[uid]; len(uses) > 1 {
			slices.SortFunc(uses, func(a, b NameUse) int { return cmp.Or(b.Hosts-a.Hosts, cmp.Compare(a.Name, b.Name)) })
			r.Shared = append(r.Shared, Shared{UID: uid, Names: uses})
		}
	}
	return r
}
