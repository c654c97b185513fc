package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache"
)

type searchOptions struct {
	*options
	query cache.Query
	list  bool
	age   bool
}

func newSearchCommand(shared *options) *cobra.Command {
	o := searchOptions{options: shared}
	cmd := &cobra.Command{
		Use:   "search PATTERN",
		Short: "Search the files and documents of every host",
		Long: `Searches what the cache holds of every host: the files named by snapshot.d and snapshot.list, and,
as @NAME, the discovery documents with a fact a line. PATTERN is a regular expression (RE2), or
literal text with -F. A line is printed as HOST:PATH:LINE, marked stale if its host was not heard
for six hours.`,
		Example: `  assim search bookworm
  assim search --path /etc/ssh/sshd_config '^PermitRootLogin'
  assim search --path '@packages' -F openssl
  assim search --host 'web*' -i --list-files swappiness`,
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return search(cmd, o, args[0]) },
	}
	f := cmd.Flags()
	f.BoolVarP(&o.query.Fixed, "fixed", "F", false, "PATTERN is literal text")
	f.BoolVarP(&o.query.IgnoreCase, "ignore-case", "i", false, "upper and lower case are the same")
	f.StringArrayVar(&o.query.Paths, "path", nil, "search only paths that match this glob; repeat for more")
	f.StringArrayVar(&o.query.Hosts, "host", nil, "search only hosts that match this glob; repeat for more")
	f.IntVar(&o.query.Limit, "limit", 0, "stop after so many lines; 0 is no limit")
	f.BoolVarP(&o.list, "list-files", "l", false, "print only which files match, as HOST:PATH")
	f.BoolVar(&o.age, "age", false, "begin each line with the time since the host was last heard")
	return cmd
}

// hit is a line of the answer in JSON. The answer is an object, streamed, with a line a hit:
//
//	{"hits":[
//	{"host":"web1", ...},
//	{"host":"web2", ...}
//	],
//	"summary":{"searched":2, ...}}
type hit struct {
	Host       string    `json:"host"`
	Path       string    `json:"path"`
	LineNumber int       `json:"line_number"`
	Line       string    `json:"line"`
	Binary     bool      `json:"binary,omitempty"`
	Changed    time.Time `json:"changed,omitzero"` // by the host's clock
	AgeMS      int64     `json:"age_ms"`           // since the host was last seen
	Stale      bool      `json:"stale,omitempty"`
}

type summary struct {
	Searched  int       `json:"searched"` // files and documents
	Truncated bool      `json:"truncated,omitempty"`
	Missing   []missing `json:"missing_sites,omitempty"`
	Damaged   []string  `json:"damaged,omitempty"`
}

type missing struct {
	Site string `json:"site"`
	Why  string `json:"why"`
}

func search(cmd *cobra.Command, o searchOptions, pattern string) error {
	sites, err := o.sites()
	if err != nil {
		return err
	}
	o.query.Pattern = pattern
	out := bufio.NewWriter(cmd.OutOrStdout())
	show := o.printer(out)
	found, err := cache.Search(cmd.Context(), sites, o.query, show)
	if o.json && (err == nil || found.Hits > 0) {
		err = errors.Join(err, endJSON(out, found))
	}
	if err := errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	return tell(cmd.ErrOrStderr(), found)
}

// printer returns what prints a hit in the form asked for. Errors of out show when it is flushed.
func (o searchOptions) printer(out *bufio.Writer) func(cache.Hit) error {
	last := "" // the last file printed
	return func(h cache.Hit) error {
		file := h.Host + ":" + h.Path
		switch {
		case o.json:
			first := last == ""
			last = file
			return hitJSON(out, h, first)
		case !o.list:
			fmt.Fprintln(out, lineOf(h, o.age))
		case file != last:
			fmt.Fprintln(out, printable(file))
		}
		last = file
		return nil
	}
}

// tell says what the answer lacks, and what the exit status is to be.
func tell(stderr io.Writer, s cache.Summary) error {
	for _, m := range s.Missing {
		fmt.Fprintf(stderr, "assim: site %q is missing from the answer: %s\n", m.Site, printable(m.Err.Error()))
	}
	for _, d := range s.Damaged {
		fmt.Fprintf(stderr, "assim: passed over: %s\n", printable(d.Error()))
	}
	if s.Truncated {
		fmt.Fprintln(stderr, "assim: there is more: --limit was reached")
	}
	switch {
	case len(s.Missing) > 0 || s.DamagedN > 0:
		return errPartial
	case s.Hits == 0:
		return errNothing
	}
	return nil
}

// lineOf is a hit as grep would print it. Age is said where it matters: when asked for or stale.
func lineOf(h cache.Hit, withAge bool) string {
	lead := ""
	switch {
	case h.Stale:
		lead = "[stale: " + age(h.Age) + "] "
	case withAge:
		lead = "[" + age(h.Age) + "] "
	}
	if h.Binary {
		return lead + printable(h.Host+":"+h.Path) + ": binary content matches"
	}
	return lead + printable(h.Host+":"+h.Path+":"+h.Line)
}

// hitJSON prints a hit of the JSON answer, and before the first its beginning.
func hitJSON(out *bufio.Writer, h cache.Hit, first bool) error {
	lead := ",\n"
	if first {
		lead = "{\"hits\":[\n"
	}
	b, err := json.Marshal(hit{Host: h.Host, Path: h.Path, LineNumber: h.LineNo, Line: h.Line, Binary: h.Binary,
		Changed: h.Changed, AgeMS: h.Age.Milliseconds(), Stale: h.Stale})
	fmt.Fprintf(out, "%s%s", lead, b)
	return err
}

// endJSON prints what follows the hits.
func endJSON(out *bufio.Writer, found cache.Summary) error {
	s := summary{Searched: found.Rows, Truncated: found.Truncated}
	for _, m := range found.Missing {
		s.Missing = append(s.Missing, missing{m.Site, m.Err.Error()})
	}
	for _, d := range found.Damaged {
		s.Damaged = append(s.Damaged, d.Error())
	}
	b, err := json.Marshal(s)
	if found.Hits == 0 {
		fmt.Fprint(out, "{\"hits\":[")
	}
	fmt.Fprintf(out, "\n],\n\"summary\":%s}\n", b)
	return err
}
