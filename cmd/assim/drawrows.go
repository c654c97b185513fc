package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/graph/draw"
)

// serviceRow is a row of a host while it is made of processes.
type serviceRow struct {
	row    draw.Row
	keys   []string // of the processes
	ports  []int
	joined bool // a line leads to it
}

// weight orders rows by what a picture can't do without.
func (r serviceRow) weight() int {
	w := 0
	if r.joined {
		w += 2
	}
	if r.row.Kind == draw.Service {
		w++
	}
	return w
}

// rowsOf makes rows of a host's processes, sorted by name: one of those that share name, kind and root.
func rowsOf(processes []processFacts, joined map[string]bool, risky risks) []serviceRow {
	type like struct {
		name          string
		service, root bool
	}
	rows, at := []serviceRow{}, map[like]int{}
	for _, p := range processes {
		l := like{cmp.Or(p.Name, p.Exe, p.Key), p.Service, p.UID != nil && *p.UID == 0}
		i, known := at[l]
		if !known {
			i = len(rows)
			at[l] = i
			rows = append(rows, serviceRow{row: draw.Row{Kind: draw.Client, Label: l.name, Root: l.root}})
			if l.service {
				rows[i].row.Kind = draw.Service
			}
		}
		r := &rows[i]
		r.keys, r.ports, r.joined = append(r.keys, p.Key), append(r.ports, p.Ports...), r.joined || joined[p.Key]
		r.row.State = max(r.row.State, risky.state(p.Key, p.state()))
		r.row.Details = append(r.row.Details, p.details()...)
	}
	for i := range rows {
		rows[i].finish()
	}
	slices.SortFunc(rows, func(a, b serviceRow) int {
		return cmp.Or(cmp.Compare(a.row.Label, b.row.Label), cmp.Compare(a.row.Kind, b.row.Kind), strings.Compare(a.keys[0], b.keys[0]))
	})
	return rows
}

// finish adds to a row what only all its processes tell.
func (r *serviceRow) finish() {
	slices.Sort(r.ports)
	r.ports = slices.Compact(r.ports)
	for _, port := range r.ports[:min(len(r.ports), maxPorts)] {
		r.row.Label += fmt.Sprintf(" :%d", port)
	}
	if len(r.ports) > maxPorts {
		r.row.Label += " …"
	}
	if len(r.keys) > 1 {
		r.row.Aside = fmt.Sprintf("×%d", len(r.keys))
	}
}

// state is dead if a monitor has failed; of what nobody says anything is up.
func (p processFacts) state() draw.State {
	if slices.Contains(p.Monitors, "failed") {
		return draw.Dead
	}
	return draw.Up
}

func (p processFacts) details() []string {
	lines := []string{p.Exe}
	if p.User != "" {
		lines = append(lines, "user "+p.User)
	}
	if len(p.Ports) > 0 {
		slices.Sort(p.Ports)
		lines = append(lines, "ports "+strings.Trim(fmt.Sprint(p.Ports), "[]"))
	}
	if len(p.Monitors) > 0 {
		lines = append(lines, "monitors: "+strings.Join(p.Monitors, ", "))
	}
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" })
}
