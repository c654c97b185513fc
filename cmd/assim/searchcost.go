package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/assim-mesh/assim/cache"
)

// serverCost is what a search cost one server.
type serverCost struct {
	Site          string  `json:"site"`
	Server        string  `json:"server"`
	Keys          int64   `json:"keys"`           // rows and parts of segments
	BytesMoved    int64   `json:"bytes_moved"`    // as the server sent them
	BytesUnpacked int64   `json:"bytes_unpacked"` // contents as the hosts have them
	ElapsedMS     float64 `json:"elapsed_ms"`
	MBPerSecond   float64 `json:"mb_per_s"` // 10^6 bytes moved
}

func newServerCost(c cache.Cost) serverCost {
	s := serverCost{Site: c.Site, Server: c.Server, Keys: c.Keys, BytesMoved: c.Moved, BytesUnpacked: c.Unpacked,
		ElapsedMS: float64(c.Elapsed) / float64(time.Millisecond)}
	if c.Elapsed > 0 {
		s.MBPerSecond = float64(c.Moved) / 1e6 / c.Elapsed.Seconds()
	}
	return s
}

func (c serverCost) cells() []string {
	return []string{c.Site, c.Server, strconv.FormatInt(c.Keys, 10), strconv.FormatInt(c.BytesMoved, 10), strconv.FormatInt(c.BytesUnpacked, 10),
		fmt.Sprintf("%.1f", c.ElapsedMS), fmt.Sprintf("%.1f", c.MBPerSecond)}
}

// searchCost searches, or reads what is selected, and answers with what that cost.
func searchCost(ctx context.Context, s *searching) (err error) {
	if s.query.Pattern != "" {
		s.query.LineNumbers = false // which cost more, and nobody sees them
		s.found, err = cache.Search(ctx, s.from, s.query, func(cache.Hit) error { return nil })
	} else {
		s.found, err = cache.Scan(ctx, s.from, s.query, cache.WithContent|cache.WithMeta, func(cache.Row) error { return nil })
	}
	rows := make([]row, len(s.found.Costs))
	for i, c := range s.found.Costs {
		rows[i] = newServerCost(c)
	}
	return errors.Join(err, s.answer.table(rows))
}

// serverState is what a server says of itself.
type serverState struct {
	Site      string `json:"site"`
	Server    string `json:"server"`
	Version   string `json:"version,omitempty"`
	UsedBytes int64  `json:"used_memory"` // bytes
	MaxBytes  int64  `json:"max_memory"`  // bytes; 0: no limit
	Policy    string `json:"policy,omitempty"`
	Keys      int64  `json:"keys"`
	UptimeS   int64  `json:"uptime_s"`
	Error     string `json:"error,omitempty"`
}

func (v serverState) cells() []string {
	return []string{v.Site, v.Server, v.Version, strconv.FormatInt(v.UsedBytes, 10), strconv.FormatInt(v.MaxBytes, 10), v.Policy,
		strconv.FormatInt(v.Keys, 10), strconv.FormatInt(v.UptimeS, 10), v.Error}
}

// serverInfo answers with every server of the sites, those too that don't answer.
func serverInfo(ctx context.Context, s *searching) error {
	var rows []row
	for _, site := range s.balanced {
		answered := false
		var failed error
		for _, server := range site.Servers {
			state := serverState{Site: site.Name, Server: server.Addr}
			info, err := cache.ServerInfo(ctx, server)
			if err != nil {
				state.Error, failed = err.Error(), err
			} else {
				answered = true
			}
			state.Version, state.Policy, state.Keys = info.Version, info.Policy, info.Keys
			state.UsedBytes, state.MaxBytes, state.UptimeS = info.UsedBytes, info.MaxBytes, int64(info.Uptime.Seconds())
			rows = append(rows, state)
		}
		if !answered && failed != nil {
			s.found.Missing = append(s.found.Missing, cache.Missing{Site: site.Name, Err: failed})
		}
	}
	return s.answer.table(rows)
}
