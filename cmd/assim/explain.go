package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"regexp/syntax"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cache/dump"
	"github.com/assim-mesh/assim/cache/sites"
	"github.com/assim-mesh/assim/cache/sysopsapi"
	"github.com/assim-mesh/assim/cma"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/config"
	"github.com/assim-mesh/assim/cmd/shell"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/embedded"
)

// Exit statuses, which scripts may depend on. See docs/cli.md.
const (
	exitOK          = 0
	exitFailed      = 1
	exitNothing     = 3
	exitPartial     = 4
	exitInterrupted = 130
)

var (
	errNothing = errors.New("nothing matched")
	// errPartial is returned after an answer that lacks a site; the lines before it said which.
	errPartial = errors.New("the answer is incomplete")
	// errInterrupted is returned after what came before Ctrl-C.
	errInterrupted = errors.New("interrupted")
)

// usageError is a command line that does not fit the command.
type usageError struct {
	command string
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// usage makes cobra's check of arguments a usageError.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return &usageError{cmd.CommandPath(), err}
		}
		return nil
	}
}

// flagError makes a usageError of what cobra says about a flag, without the words of package strconv.
func flagError(cmd *cobra.Command, err error) error {
	var number *strconv.NumError
	if errors.As(err, &number) {
		text, _, _ := strings.Cut(err.Error(), ": strconv.")
		err = fmt.Errorf("%s: it is no number that fits", text)
	}
	return &usageError{cmd.CommandPath(), err}
}

// queryError is a failure of a query, with its text if it was ad hoc and else its name.
type queryError struct {
	text, name string
	err        error
}

func (e *queryError) Error() string { return "query: " + e.err.Error() }
func (e *queryError) Unwrap() error { return e.err }

// explain prints err and what to do about it, and returns the exit status.
// Packages report facts; this is the one place that gives advice.
func explain(stderr io.Writer, err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errNothing):
		return exitNothing // silent, like grep
	case errors.Is(err, errPartial):
		return exitPartial
	case errors.Is(err, errInterrupted):
		fmt.Fprintf(stderr, "assim: %v\n", err)
		return exitInterrupted
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "assim: interrupted")
		return exitInterrupted
	}
	for line := range strings.Lines(err.Error()) { // one for each of several errors
		fmt.Fprintf(stderr, "assim: %s\n", printable(strings.TrimSuffix(line, "\n")))
	}
	if place := pointAt(err); place != "" {
		fmt.Fprint(stderr, place)
	}
	if advice := advise(err); advice != "" {
		fmt.Fprintf(stderr, "assim: try: %s\n", advice)
	}
	return exitFailed
}

// advise says in one line what to do about err, or nothing where err says it itself.
func advise(err error) string {
	var usageErr *usageError
	var apiErr *api.Error
	var unnamed *unnamedError
	var badRegexp *syntax.Error
	var fault *config.Error
	var asked *queryError
	switch {
	case errors.As(err, &usageErr):
		return usageErr.command + " --help"
	case errors.Is(err, errInUse), errors.Is(err, embedded.ErrLocked), errors.Is(err, cma.ErrLocked):
		return "ask the one that runs ('assim hosts'), or start another installation with --data DIRECTORY"
	case errors.As(err, &fault) && fault.Nearest != "":
		return fmt.Sprintf("%q", fault.Nearest)
	case errors.Is(err, errNoSuchSite):
		return "one of these, or no --site to search all of them"
	case errors.Is(err, errNoHosts):
		return "leave --file and --where out to search all hosts"
	case errors.Is(err, errCompare):
		return "assim search --search TEXT, which prints the names of objects"
	case errors.Is(err, errWhichSite):
		return "name one of them with --site"
	case errors.Is(err, sysopsapi.ErrDenied):
		return "name its password's file with --password-file, and its user with --user"
	case errors.Is(err, sysopsapi.ErrEmpty):
		return "name the database that holds the cache with --db"
	case errors.Is(err, errNotKept):
		return "name it in the snapshot.list of the nanoprobes; docs/operations.md says how"
	case errors.Is(err, dump.ErrForeign):
		return "a directory that is empty or not there yet"
	case errors.Is(err, dump.ErrLocked):
		return "wait for its end, or write another directory"
	case errors.Is(err, sites.ErrNone):
		return "name the sites and their Redis servers under sites in the CMA's configuration file, or in yours"
	case errors.Is(err, sites.ErrInvalid):
		return "correct that entry; docs/operations.md has the form"
	case adviseName(err) != "":
		return adviseName(err)
	case adviseCache(err) != "":
		return adviseCache(err)
	case errors.Is(err, cache.ErrUnreachable):
		return adviseAway(err)
	case errors.Is(err, errNoDataDir):
		return "name one with --data DIRECTORY or ASSIM_DATA"
	case errors.Is(err, errNotRunning), errors.Is(err, api.ErrNoFleet):
		return "start it with 'assim up', or name its directory with --data DIRECTORY"
	case errors.Is(err, api.ErrUnreachable), errors.Is(err, syscall.ECONNREFUSED):
		return "start it with 'assim up' or, for a fleet, see that 'cma run' runs there"
	case errors.Is(err, api.ErrWrongCMA):
		return "another installation listens there: stop it, or name its directory with --data DIRECTORY"
	case errors.Is(err, embedded.ErrDamaged), errors.Is(err, embedded.ErrFormat):
		return "move the graph file away and start again: it is made anew from the journal"
	case errors.Is(err, cma.ErrDamaged), errors.Is(err, cma.ErrFormat):
		return "move the journal and the graph file away and start again: the hosts send their documents anew"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "use a directory that you may write, with --data DIRECTORY or ASSIM_DATA"
	case errors.Is(err, cache.ErrEmpty):
		return "wait until a nanoprobe has filled it ('assim hosts' tells which there are)"
	case errors.As(err, &unnamed) && unnamed.nearest != "":
		return fmt.Sprintf("%q", unnamed.nearest)
	case errors.As(err, &unnamed):
		return "'assim hosts' lists the hosts, 'assim query services' what they serve"
	case errors.Is(err, errNoPlan):
		return "its rows, without --explain and --profile, or EXPLAIN in Neo4j's own shell"
	case errors.Is(err, shell.ErrNoTerminal):
		return "give the query as an argument, or - to read one from stdin"
	case errors.Is(err, errViolated):
		return "repeat a seed that the report names with --seed SEED --seeds 1 --events, which tells what each member said"
	case errors.As(err, &badRegexp):
		return "quote the pattern for the shell, or search for it literally with -F; the syntax is RE2's"
	case errors.As(err, &asked) && asked.name != "" && errors.As(err, &apiErr) && apiErr.Code == api.CodeBadRequest && apiErr.Nearest == "":
		return "assim query --list " + asked.name // which tells its parameters
	case errors.As(err, &apiErr):
		return adviseAPI(apiErr)
	}
	return ""
}

// adviseCache says what to do about a cache server.
func adviseCache(err error) string {
	switch {
	case errors.Is(err, cache.ErrRights):
		return "give the user the commands that docs/operations.md lists for readers, or name another in the configuration file"
	case errors.Is(err, cache.ErrDenied):
		return "set username and password-file of that cache server in the configuration file"
	case errors.Is(err, cache.ErrUntrusted):
		return "set ca-file to the authority of the server's certificate, server-name to a name in it, and cert-file and key-file if it wants a certificate of yours"
	case errors.Is(err, cache.ErrProtocol):
		return "see that addr is the port of a Redis server, and set tls if that port speaks TLS and only then"
	case errors.Is(err, cache.ErrFull):
		return "raise maxmemory of that Redis server"
	case errors.Is(err, cache.ErrVersion):
		return "upgrade that server to Redis 6.2 or newer"
	case errors.Is(err, cache.ErrEviction):
		return "set maxmemory-policy of that Redis server to noeviction"
	}
	return ""
}

// adviseAway says what to do about a cache server that does not answer.
func adviseAway(err error) string {
	var network net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "start that Redis server (on this host alone 'assim up'), or correct its addr in the configuration file"
	case errors.As(err, &network) && network.Timeout():
		return "see that this server runs and can be reached from here, and set tls if its port speaks TLS and only then"
	}
	return "see that addr is that of a Redis server, which this host can reach"
}

// adviseName says what to do about a name that has no or several meanings.
func adviseName(err error) string {
	var unknown *unknownError
	var ambiguous *ambiguousError
	var noHost *noHostError
	switch {
	case errors.As(err, &noHost):
		return fmt.Sprintf("'assim deps %[1]s' shows what it depends on, 'assim impact %[1]s' what falls with it", printable(noHost.Say()))
	case errors.As(err, &ambiguous):
		return "one of these names instead"
	case errors.As(err, &unknown) && unknown.nearest != "":
		return fmt.Sprintf("%q", unknown.nearest)
	case errors.As(err, &unknown):
		return "'assim hosts' lists the hosts, 'assim show HOST' what runs on one"
	}
	return ""
}

func adviseAPI(e *api.Error) string {
	switch {
	case e.Code == api.CodeUnavailable && strings.HasPrefix(e.Message, graph.ErrUnavailable.Error()):
		return "wait until it is back, or see to what is said on the CMA's host; 'assim hosts', 'assim events' and 'assim search' answer without it"
	case e.Nearest != "":
		return fmt.Sprintf("%q", e.Nearest)
	case e.Code == api.CodeQueryLimit:
		return "ask for less, say by LIMIT or of one host, or raise graph.query-time, graph.query-rows or graph.query-memory of the CMA"
	case e.Code == api.CodeUnknownQuery:
		return "assim query --list"
	case e.Code == api.CodeNotFound:
		return "assim hosts"
	case e.Code == api.CodeUnauthorized:
		return "copy the fleet file of the CMA: this one has another secret"
	}
	return ""
}

// pointAt shows the line of an ad-hoc query that is at fault, and the place in it.
func pointAt(err error) string {
	var q *queryError
	var e *api.Error
	var p *cache.PatternError
	if errors.As(err, &p) && p.At >= 0 {
		return caret(p.Pattern, utf8.RuneCountInString(p.Pattern[:p.At]))
	}
	if !errors.As(err, &q) || !errors.As(err, &e) || e.Line == 0 || q.text == "" {
		return ""
	}
	lines := strings.Split(q.text, "\n")
	if e.Line > len(lines) {
		return ""
	}
	return caret(strings.TrimSuffix(lines[e.Line-1], "\r"), e.Column-1)
}

// caret shows a line, or what is around a place in it, and a caret below that place, in characters from 0.
func caret(line string, place int) string {
	const around = 60
	runes := []rune(line)
	place = min(max(place, 0), len(runes))
	before, after := runes[max(0, place-around):place], runes[place:min(len(runes), place+around)]
	var lead strings.Builder
	for _, r := range printable(string(before)) { // what is escaped is wider
		if r != '\t' {
			r = ' '
		}
		lead.WriteRune(r)
	}
	return fmt.Sprintf("  %s\n  %s^\n", printable(string(before)+string(after)), lead.String())
}
