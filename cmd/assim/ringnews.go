package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// maxListed is how many names a line lists before it counts the others.
const maxListed = 8

// printNews prints a line an event, for people.
func printNews(w io.Writer, events []api.EventRecord, names map[string]string) error {
	for _, e := range events {
		at := time.UnixMilli(e.ReceivedMS).UTC().Format(time.RFC3339)
		if _, err := fmt.Fprintf(w, "%s  %s\n", at, news(e, names)); err != nil {
			return err
		}
	}
	return nil
}

// news says an event in a sentence. names are those of hosts by their ids.
func news(e api.EventRecord, names map[string]string) string {
	said := what(e)
	if e.SilentMS > 0 {
		said += ", silent for " + span(e.SilentMS)
	}
	if all := witnesses(e, names); all != "" {
		said += "; seen by " + all
	}
	return said
}

// what says what happened to whom.
func what(e api.EventRecord) string {
	host := printable(cmp.Or(e.HostName, e.Subject.Name, string(e.Subject.ID)))
	switch e.Kind {
	case ring.Dead:
		return host + " is dead: " + cmp.Or(printable(string(e.State)), "it does not answer")
	case ring.Alive:
		return host + " is back"
	case ring.Restarted:
		return host + " has restarted"
	case ring.Shutdown:
		return host + " was shut down"
	case ring.Link:
		return host + " can't be reached from one neighbour, others reach it"
	case ring.LinkUp:
		return host + " can be reached again from everywhere"
	case ring.Isolated:
		return host + " hears nobody and declares nothing"
	case ring.Rejoined:
		return host + " hears others again"
	case ring.Cloned:
		return host + " and another host live under one id"
	case ring.Flapping:
		return fmt.Sprintf("%s comes and goes (%d returns); it is told no more until it settles", host, e.Returns)
	case ring.Settled:
		return host + " comes and goes no more"
	}
	return ofMany(e)
}

// ofMany says what happened to several hosts at once.
func ofMany(e api.EventRecord) string {
	hosts := ""
	if count := max(e.Hosts, len(e.Members)); count > 0 {
		hosts = fmt.Sprintf(" (%d hosts: %s)", count, listed(e.Members, count))
	}
	switch e.Kind {
	case ring.RingLost:
		return "ring " + printable(e.Ring) + " can't be reached" + hosts
	case ring.SwitchDown:
		return printable(e.Segment) + " is down" + hosts
	case ring.SegmentDown:
		return printable(e.Segment) + " can't be reached" + hosts
	case ring.Restored:
		return printable(cmp.Or(e.Segment, e.Ring)) + " is heard again" + hosts
	}
	return printable(string(e.Kind))
}

// listed names members, of count that there are, and counts those beyond the first few.
func listed(members []ring.Member, count int) string {
	var names []string
	for _, m := range members[:min(len(members), maxListed)] {
		names = append(names, printable(m.Name))
	}
	if more := count - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, " ")
}

// span is a time in milliseconds as people say it.
func span(ms int64) string {
	if d := time.Duration(ms) * time.Millisecond; d >= time.Minute {
		return d.Round(time.Second).String()
	}
	return fmt.Sprintf("%.1f s", float64(ms)/1000)
}
