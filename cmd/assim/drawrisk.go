package main

import (
	"context"
	"slices"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph/draw"
)

// risks are the keys of hosts, processes and switches that fall or are at risk through what has failed
// anywhere in the fleet, and of what has failed itself.
type risks map[string]bool

// askRisks asks for them as 'assim impact' decides, along all dependencies and whether drawn or not.
func askRisks(ctx context.Context, ask graphQuery) (risks, error) {
	answer, err := ask(ctx, api.Query{Name: "atrisk", Params: map[string]any{"depth": maxDepth}})
	if err != nil {
		return nil, &queryError{name: "atrisk", err: err}
	}
	rows, err := decodeRows[impactRow](answer)
	at := make(risks, len(rows))
	for _, r := range rows {
		at[r.Key] = true
	}
	return at, err
}

// state is how a thing with this key is drawn: one that is up may be at risk.
func (at risks) state(key string, own draw.State) draw.State {
	if own == draw.Up && at[key] {
		return draw.AtRisk
	}
	return own
}

// judge marks the lines to what is not well, and boxes that are up for the rows of theirs that are at risk.
// Rows of a box that is down are as their box.
func judge(p *draw.Picture) {
	boxes := map[string]*draw.Box{}
	for i := range p.Boxes {
		boxes[p.Boxes[i].ID] = &p.Boxes[i]
	}
	for i := range p.Edges {
		e := &p.Edges[i]
		to := boxes[e.To.Box]
		if to == nil || e.Arrows != draw.AtTo {
			continue
		}
		e.State = to.State
		if e.To.Row > 0 && to.State <= draw.AtRisk {
			e.State = to.Rows[e.To.Row-1].State
		}
	}
	for _, b := range boxes {
		atRisk := func(r draw.Row) bool { return r.State == draw.AtRisk }
		if b.State == draw.Up && slices.ContainsFunc(b.Rows, atRisk) {
			b.State = draw.AtRisk
		}
	}
}
