package main

import "github.com/assim-mesh/assim/graph/draw"

// judge marks what is up while something that it depends on is not, and the lines by which it does.
// Rows of a box that is not up are as their box.
func judge(p *draw.Picture) {
	boxes := map[string]*draw.Box{}
	for i := range p.Boxes {
		boxes[p.Boxes[i].ID] = &p.Boxes[i]
	}
	state := func(e draw.End) draw.State {
		b := boxes[e.Box]
		if b == nil {
			return draw.Up
		}
		if e.Row > 0 && b.State == draw.Up {
			return b.Rows[e.Row-1].State
		}
		return b.State
	}
	risks := make([]draw.State, len(p.Edges))
	for i, e := range p.Edges {
		if s := state(e.To); s != draw.AtRisk && e.Arrows == draw.AtTo {
			risks[i] = s
		}
	}
	for i := range p.Edges {
		e := &p.Edges[i]
		if risks[i] == draw.Up {
			continue
		}
		e.State = risks[i]
		from := boxes[e.From.Box]
		if from == nil || from.State != draw.Up && from.State != draw.AtRisk {
			continue
		}
		from.State = draw.AtRisk
		if e.From.Row > 0 && from.Rows[e.From.Row-1].State == draw.Up {
			from.Rows[e.From.Row-1].State = draw.AtRisk
		}
	}
}
