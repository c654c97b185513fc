package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache"
)

// searchOptions are the flags of search.
type searchOptions struct {
	*options
	query    cache.Query
	patterns []string

	object       string // --search
	hostFile     string
	where        string
	scope        string
	siteNames    []string
	everyReplica bool

	csv, age, prefix, count, pairwise bool
	compareWith                       string
}

func (o *searchOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&o.patterns, "regexp", "e", nil, "a further PATTERN that the same line has to match; repeat for more")
	f.BoolVarP(&o.query.Fixed, "fixed", "F", false, "PATTERN is literal text")
	f.BoolVarP(&o.query.IgnoreCase, "ignore-case", "i", false, "upper and lower case are the same")
	f.IntVar(&o.query.Limit, "limit", 0, "stop after so many lines, objects or differences; 0 is no limit")
	f.BoolVar(&o.query.NoSegments, "fresh", false, "read every file itself, not the indexer's segments and what is newer: the answer is the same")

	f.StringVar(&o.object, "search", "", "select objects whose HOST#PATH contains this text, or exactly this one if it has a '#'")
	f.StringArrayVar(&o.query.Paths, "path", nil, "select paths that match this glob; repeat for more")
	f.StringArrayVar(&o.query.Hosts, "host", nil, "select hosts that match this glob; repeat for more")
	f.StringVar(&o.hostFile, "file", "", "select the hosts that this file lists, a name a line, '#' before comments; - is stdin")
	f.StringVar(&o.where, "where", "", "select the hosts in the first column of this Cypher query")
	f.StringVar(&o.scope, "scope", "", "local: this site; site: those of --site; global: all, the default")
	f.StringArrayVar(&o.siteNames, "site", nil, "search this site; repeat for more")
	f.BoolVar(&o.everyReplica, "no-load-balance", false, "read every server of a site, not one; what is found says SITE@SERVER")

	f.BoolVar(&o.age, "age", false, "begin each line with the time since the host was last heard")
	f.BoolVar(&o.prefix, "prefix-hostnames", false, "begin each line of an object with HOST:PATH:")
	f.BoolVar(&o.csv, "csv", false, "print comma-separated values under a header")
	f.BoolVar(&o.count, "count", false, "print how many lines match on each host; with --distinct, how many hosts have each line")
	f.BoolVar(&o.pairwise, "pairwise", false, "with --compare-all, show each variant's difference from each other, not from the most frequent")
	for _, k := range kinds() {
		switch {
		case k.flag == "":
		case k.short != "":
			f.BoolP(k.flag, k.short, false, k.help)
		case k.argument:
			f.StringVar(&o.compareWith, k.flag, "", k.help)
		default:
			f.Bool(k.flag, false, k.help)
		}
	}
}

// check refuses what can't be asked together, and completes the query. It returns what is asked for.
func (o *searchOptions) check(cmd *cobra.Command, args []string) (kind, error) {
	terms := slices.Concat(args, o.patterns)
	if slices.Contains(terms, "") {
		return kind{}, errors.New("an empty PATTERN matches every line: '.' matches those that are not empty")
	}
	given := cmd.Flags().Changed
	for _, pair := range exclusive() {
		if given(pair[0]) && given(pair[1]) {
			return kind{}, fmt.Errorf("--%s and --%s exclude each other", pair[0], pair[1])
		}
	}
	selected := slices.ContainsFunc([]string{"search", "path", "host", "file", "where", "site"}, given)
	k, err := o.chosen(given, len(terms) > 0, selected)
	if err != nil {
		return kind{}, err
	}
	switch {
	case o.query.Limit < 0:
		return kind{}, fmt.Errorf("--limit %d: from 0 up", o.query.Limit)
	case given("search") && o.object == "":
		return kind{}, errors.New("--search needs a text: \"\" is in every name")
	case o.scope == "site" && len(o.siteNames) == 0:
		return kind{}, errors.New("--scope site needs --site NAME")
	case o.scope != "" && o.scope != "site" && len(o.siteNames) > 0:
		return kind{}, fmt.Errorf("--scope %s and --site exclude each other", o.scope)
	case o.scope != "" && !slices.Contains([]string{"local", "site", "global"}, o.scope):
		return kind{}, fmt.Errorf("--scope %q: one of local, site, global", o.scope)
	case o.pairwise && k.flag != "compare-all":
		return kind{}, errors.New("--pairwise needs --compare-all")
	case o.everyReplica && k.counts:
		return kind{}, fmt.Errorf("--no-load-balance and --%s exclude each other: each replica would count", k.flag)
	}
	if len(terms) > 0 {
		o.query.Pattern, o.query.Terms = terms[0], terms[1:]
	}
	o.query.LineNumbers = o.form() != asText
	return k, o.selectObject()
}

// exclusive are pairs of flags beside the kinds, of which each excludes all others.
func exclusive() [][2]string {
	return [][2]string{{"json", "csv"}, {"host", "file"}, {"host", "where"}, {"file", "where"}}
}

// chosen is the kind that the flags ask for.
func (o *searchOptions) chosen(given func(string) bool, withPattern, selected bool) (kind, error) {
	var chosen kind
	for _, k := range kinds() {
		switch {
		case k.flag == "" || !given(k.flag):
		case chosen.flag != "":
			return kind{}, fmt.Errorf("--%s and --%s exclude each other", chosen.flag, k.flag)
		default:
			chosen = k
		}
	}
	switch {
	case o.count && chosen.flag == "distinct":
	case o.count && chosen.flag != "":
		return kind{}, fmt.Errorf("--count and --%s exclude each other", chosen.flag)
	case o.count:
		chosen = countKind()
	}
	switch {
	case chosen.flag == "" && withPattern:
		return linesKind(), nil
	case chosen.flag == "" && selected:
		return namesKind(), nil
	case chosen.flag == "":
		return kind{}, errors.New("no PATTERN given, and no objects selected")
	case chosen.pattern == needed && !withPattern:
		return kind{}, fmt.Errorf("--%s needs a PATTERN", chosen.flag)
	case chosen.pattern == refused && withPattern:
		return kind{}, fmt.Errorf("--%s and a PATTERN exclude each other", chosen.flag)
	case !withPattern && !selected && !chosen.whole:
		return kind{}, fmt.Errorf("--%s of all that there is: select objects with --search, --path or hosts", chosen.flag)
	}
	return chosen, nil
}

// selectObject makes --search a part of the query.
func (o *searchOptions) selectObject() error {
	host, path, exact := strings.Cut(o.object, "#")
	switch {
	case !exact:
		o.query.Object = o.object
		return nil
	case len(o.query.Hosts) > 0 || len(o.query.Paths) > 0 || o.hostFile != "" || o.where != "":
		return fmt.Errorf("--search %s names one object: --path, --host, --file and --where exclude it", o.object)
	case host == "" || path == "":
		return fmt.Errorf("--search %s: an object is HOST#PATH", o.object)
	}
	o.query.Hosts, o.query.Paths = []string{host}, []string{path}
	return nil
}

func (o *searchOptions) form() form {
	switch {
	case o.json:
		return asJSON
	case o.csv:
		return asCSV
	}
	return asText
}
