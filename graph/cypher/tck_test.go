package cypher

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The openCypher Technology Compatibility Kit, org.opencypher:tck:1.0.0-M23, Apache License 2.0.
const tckSHA256 = "7edc3f7b1fb612feac47285157d67345a2dfaa2791ad83b6ba1699c7f4635a21"

// minErrorsRaised is how many of the error scenarios must end in an error.
const minErrorsRaised = 630

// onThisMachine begins the reason of an exception that passes on some machines.
const onThisMachine = "depends on the machine: "

//go:embed testdata/tck-exceptions.txt
var tckExceptions string

// TestTCK runs the scenarios of the TCK that only read.
func TestTCK(t *testing.T) {
	if testing.Short() {
		t.Skip("the TCK is left out by -short")
	}
	kit := openTCK(t)
	except := readExceptions(t)
	var passed, failed, excepted, errorScenarios, raised, exact int
	for _, s := range kit.scenarios {
		sc, ok := kit.readOnly(s)
		if !ok {
			continue
		}
		if sc.wantKind != "" {
			errorScenarios++
			switch got := kit.raise(sc); {
			case got == nil:
				t.Logf("%s: no error, want %s %s: %s", s.name, sc.wantKind, sc.wantDetail, sc.query)
			default:
				raised++
				if got.Kind == sc.wantKind && (got.Detail == sc.wantDetail || sc.wantDetail == "*") {
					exact++
				} else if testing.Verbose() {
					t.Logf("%s: %s %s, want %s %s: %s", s.name, got.Kind, got.Detail, sc.wantKind, sc.wantDetail, sc.query)
				}
			}
			continue
		}
		problem := kit.compare(sc)
		reason, isException := except[s.name]
		delete(except, s.name)
		switch {
		case problem == "" && isException:
			if strings.HasPrefix(reason, onThisMachine) {
				passed++
				continue
			}
			t.Errorf("%s passes, but testdata/tck-exceptions.txt has it: %s", s.name, reason)
		case problem == "":
			passed++
		case isException:
			excepted++
		default:
			failed++
			t.Errorf("%s: %s\n%s", s.name, problem, sc.query)
		}
	}
	for name := range except {
		t.Errorf("testdata/tck-exceptions.txt has %q, which is no scenario that reads", name)
	}
	if raised < minErrorsRaised {
		t.Errorf("%d of %d error scenarios raise an error, want at least %d", raised, errorScenarios, minErrorsRaised)
	}
	if failed > 0 {
		t.Logf("%d scenarios fail", failed)
	}
	t.Logf("of the errors raised, %d are of the exact kind and detail", exact)
	fmt.Fprintf(t.Output(), "TCK: %d passed, %d listed, %d errors raised of %d\n", passed, excepted, raised, errorScenarios)
}

// kit is the TCK, read from its jar.
type kit struct {
	scenarios []scenario
	graphs    map[string]string // named graphs: the text that creates them
}

func openTCK(t *testing.T) *kit {
	t.Helper()
	jar := os.Getenv("ASSIM_TCK_JAR")
	if jar == "" {
		t.Fatal("TestTCK needs the openCypher TCK: run scripts/test, which fetches it, or set ASSIM_TCK_JAR to what scripts/tck prints")
	}
	data, err := os.ReadFile(jar)
	if err != nil {
		t.Fatalf("ASSIM_TCK_JAR: %v", err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != tckSHA256 {
		t.Fatalf("ASSIM_TCK_JAR: %s has the SHA-256 %x, want %s", jar, sum, tckSHA256)
	}
	files, err := zip.NewReader(strings.NewReader(string(data)), int64(len(data)))
	if err != nil {
		t.Fatalf("ASSIM_TCK_JAR: %s: %v", jar, err)
	}
	k := &kit{graphs: map[string]string{}}
	for _, f := range files.File {
		k.read(t, f)
	}
	return k
}

func (k *kit) read(t *testing.T, f *zip.File) {
	base, ext := strings.TrimSuffix(filepath.Base(f.Name), filepath.Ext(f.Name)), filepath.Ext(f.Name)
	if ext != ".feature" && ext != ".cypher" {
		return
	}
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if ext == ".feature" {
		k.scenarios = append(k.scenarios, readFeature(base, r)...)
		return
	}
	var text strings.Builder
	if _, err := io.Copy(&text, r); err != nil {
		t.Fatal(err)
	}
	k.graphs[base] = text.String()
}

// readScenario is a scenario that only reads, taken apart.
type readScenario struct {
	setup                           []string
	query                           string
	params                          [][]string
	want                            [][]string // header and rows
	ordered, anyOrder               bool       // rows in order; lists in any order
	wantKind, wantPhase, wantDetail string     // of the error
}

var errorStep = regexp.MustCompile(`^an? (\w+) should be raised at ([\w ]+): (\S+)$`)

// readOnly takes a scenario apart, or says false if it writes or calls procedures.
func (k *kit) readOnly(s scenario) (readScenario, bool) {
	var sc readScenario
	for _, st := range s.steps {
		parts := errorStep.FindStringSubmatch(st.text)
		graph, isGraph := strings.CutSuffix(strings.TrimPrefix(st.text, "the "), " graph")
		switch {
		case isGraph:
			if text := k.graphs[graph]; text != "" {
				sc.setup = append(sc.setup, text)
			}
		case st.text == "having executed:":
			sc.setup = append(sc.setup, st.doc)
		case st.text == "parameters are:":
			sc.params = st.table
		case st.text == "executing query:":
			sc.query = st.doc
		case parts != nil:
			sc.wantKind, sc.wantPhase, sc.wantDetail = parts[1], parts[2], parts[3]
		case strings.HasPrefix(st.text, "the result should be"):
			sc.want = st.table
			sc.ordered = strings.Contains(st.text, "in order")
			sc.anyOrder = strings.Contains(st.text, "ignoring element order")
		case st.text == "no side effects":
		default: // side effects, procedures, control queries
			return sc, false
		}
	}
	return sc, !writes(sc.query)
}

// writes reports whether a query has a clause that writes or calls a procedure: whether a word of
// theirs stands where no name can.
func writes(query string) (is bool) {
	var invalid error // a text that is no Cypher at all writes nothing
	defer catch(query, &invalid)
	before := token{}
	for _, t := range lex(query) {
		name := before.kind == tokenOp && strings.Contains(".:|{,(", before.text)
		word := strings.ToUpper(t.text)
		if t.kind == tokenWord && !name && slices.Contains([]string{"CREATE", "MERGE", "SET", "DELETE", "REMOVE", "CALL"}, word) {
			return true
		}
		before = t
	}
	return false
}

// graph makes the graph of a scenario.
func (sc readScenario) graph() (*memory, error) {
	g := &memory{}
	for _, text := range sc.setup {
		if err := g.create(text, nil); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func (sc readScenario) run() (*Result, error) {
	g, err := sc.graph()
	if err != nil {
		return nil, err
	}
	params := map[string]any{}
	for _, p := range sc.params {
		if params[p[0]], err = readValue(p[1]); err != nil {
			return nil, err
		}
	}
	q, err := Parse(sc.query)
	if err != nil {
		return nil, err
	}
	return q.Run(context.Background(), g, params, Budget{})
}

// raise runs a scenario that wants an error, and returns it.
func (k *kit) raise(sc readScenario) *Error {
	_, err := sc.run()
	var raised *Error
	errors.As(err, &raised)
	return raised
}

// compare runs a scenario that wants rows, and says what is wrong with them.
func (k *kit) compare(sc readScenario) string {
	res, err := sc.run()
	if err != nil {
		return err.Error()
	}
	want, columns := []string{}, res.Columns
	for i, line := range sc.want {
		if i == 0 {
			columns = line
			continue
		}
		values := make([]any, len(line))
		for j, cell := range line {
			if values[j], err = readValue(cell); err != nil {
				return "cell " + cell + ": " + err.Error()
			}
		}
		want = append(want, show(values, sc.anyOrder))
	}
	got := []string{}
	for _, row := range res.Rows {
		var values []any
		for _, name := range columns {
			i := slices.Index(res.Columns, name)
			if i < 0 {
				return "no column " + name
			}
			values = append(values, row[i])
		}
		got = append(got, show(values, sc.anyOrder))
	}
	if !sc.ordered {
		slices.Sort(want)
		slices.Sort(got)
	}
	if !slices.Equal(want, got) {
		return "got  " + strings.Join(got, " ") + "\nwant " + strings.Join(want, " ")
	}
	return ""
}

// readExceptions reads the scenarios that are known to fail, with the reason behind a tab.
func readExceptions(t *testing.T) map[string]string {
	t.Helper()
	except := map[string]string{}
	for line := range strings.Lines(tckExceptions) {
		name, reason, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if name == "" || name[0] == '#' {
			continue
		}
		if !ok || reason == "" {
			t.Errorf("testdata/tck-exceptions.txt: %q has no reason", name)
		}
		except[name] = reason
	}
	return except
}
