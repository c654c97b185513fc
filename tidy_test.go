// The tests of this file keep the tree's map true: one comment a package, imports that point down, no
// init functions, no vague names, files that can be read in one go.
package assim_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the package map of README.md")

const (
	module = "github.com/assim-mesh/assim"
	// maxLines bounds a file; past 400 one looks for the seam, here there has to be one.
	maxLines = 600
)

// rank is the direction of imports: a package may import a lower rank, its own folder's packages, and
// any package that imports nothing of ours. The longest prefix of the directory counts.
var rank = map[string]int{
	"cmd": 4, "cma": 3, "nanoprobe": 3, "cma/api": 2, "graph": 1, "cache": 1, "discovery": 1, "scripts": 0,
}

// forbidden lists what a package may not reach, directly or through others; /... is all below.
var forbidden = map[string][]string{
	"nanoprobe":     {"graph", "graph/embedded/...", "graph/neo4j/...", "cma", "cma/derive/..."}, // it sits on every OS image
	"cmd/nanoprobe": {"graph", "graph/embedded/...", "graph/neo4j/...", "cma", "cma/derive/..."},
	"cma":           {"nanoprobe", "nanoprobe/mesh/..."},
	"cma/derive":    {"cache", "cma/api"},
	"graph/cypher":  {"graph", "graph/embedded/...", "graph/neo4j/...", "discovery", "cache"}, // it knows no hosts
	"discovery":     {"cma/...", "cache", "graph/...", "nanoprobe/..."},
}

// vague names say where code was put, not what it does.
var vague = []string{"base", "common", "helper", "helpers", "misc", "model", "models", "shared", "types", "util", "utils"}

type pkg struct {
	dir     string // slash-separated, from the root
	docs    []string
	imports []string // directories of this module
	inits   []string // positions of func init
	long    []string // files above maxLines
}

func load(t *testing.T) map[string]*pkg {
	t.Helper()
	pkgs := map[string]*pkg{}
	fset := token.NewFileSet()
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil || ast.IsGenerated(f) {
			return err
		}
		dir := path.Dir(name)
		if pkgs[dir] == nil {
			pkgs[dir] = &pkg{dir: dir}
		}
		pkgs[dir].add(fset, f, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pkgs
}

func (p *pkg) add(fset *token.FileSet, f *ast.File, name string) {
	if f.Doc != nil {
		p.docs = append(p.docs, new(doc.Package).Synopsis(f.Doc.Text()))
	}
	for _, im := range f.Imports {
		if dep, ok := strings.CutPrefix(strings.Trim(im.Path.Value, `"`), module+"/"); ok && !slices.Contains(p.imports, dep) {
			p.imports = append(p.imports, dep)
		}
	}
	for _, decl := range f.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			p.inits = append(p.inits, fset.Position(fn.Pos()).String())
		}
	}
	if n := fset.File(f.Pos()).LineCount(); n > maxLines {
		p.long = append(p.long, fmt.Sprintf("%s: %d lines", name, n))
	}
}

func TestTidy(t *testing.T) {
	pkgs := load(t)
	for _, p := range pkgs {
		if len(p.docs) != 1 {
			t.Errorf("%s: %d package comments, want exactly 1", p.dir, len(p.docs))
		}
		if slices.Contains(vague, path.Base(p.dir)) {
			t.Errorf("%s: name a package for what it provides", p.dir)
		}
		for _, dep := range p.imports {
			if !mayImport(pkgs, p.dir, dep) {
				t.Errorf("%s imports %s; imports point down: cmd -> cma, nanoprobe -> graph, cache, discovery -> leaves", p.dir, dep)
			}
		}
		for _, at := range p.inits {
			t.Errorf("%s: func init: what a package needs is passed to it", at)
		}
		for _, file := range p.long {
			t.Errorf("%s, at most %d: find the seam", file, maxLines)
		}
	}
}

func mayImport(pkgs map[string]*pkg, dir, dep string) bool {
	top, _, _ := strings.Cut(dir, "/")
	depTop, _, _ := strings.Cut(dep, "/")
	leaf := pkgs[dep] != nil && len(pkgs[dep].imports) == 0
	return leaf || top == depTop || rankOf(dir) > rankOf(dep)
}

func rankOf(dir string) int {
	for ; dir != "."; dir = path.Dir(dir) {
		if r, ok := rank[dir]; ok {
			return r
		}
	}
	return 0
}

// TestReach holds what packages may not come to depend on, however long the way.
func TestReach(t *testing.T) {
	pkgs := load(t)
	for dir, nots := range forbidden {
		for _, dep := range reach(pkgs, dir) {
			for _, not := range nots {
				tree, below := strings.CutSuffix(not, "/...")
				if dep == tree || below && strings.HasPrefix(dep, tree+"/") {
					t.Errorf("%s reaches %s, which it may not", dir, dep)
				}
			}
		}
	}
}

// reach lists what dir imports, directly and through others.
func reach(pkgs map[string]*pkg, dir string) []string {
	seen := map[string]bool{}
	var visit func(string)
	visit = func(d string) {
		if pkgs[d] == nil {
			return
		}
		for _, dep := range pkgs[d].imports {
			if !seen[dep] {
				seen[dep] = true
				visit(dep)
			}
		}
	}
	visit(dir)
	return slices.Sorted(maps.Keys(seen))
}

// TestREADME keeps the package map of README.md equal to the package comments.
func TestREADME(t *testing.T) {
	const begin, end = "<!-- packages -->\n", "<!-- /packages -->\n"
	var rows strings.Builder
	pkgs := load(t)
	for _, dir := range slices.Sorted(maps.Keys(pkgs)) {
		if docs := pkgs[dir].docs; len(docs) > 0 {
			fmt.Fprintf(&rows, "- `%s`: %s\n", dir, docs[0])
		}
	}
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := strings.Cut(string(b), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("README.md lacks the markers %q and %q", begin, end)
	}
	want := head + begin + rows.String() + end + tail
	if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(b) {
		t.Error("the package map of README.md is stale; run 'go test . -update'")
	}
}

// TestDependencies holds docs/architecture.md to a reason for each direct dependency, and to no other.
func TestDependencies(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n## Dependencies\n")
	direct := map[string]bool{}
	for line := range strings.Lines(string(mod)) {
		fields := strings.Fields(line)
		if len(fields) == 2 && strings.HasPrefix(line, "\t") { // an indirect one has a comment behind it
			direct[fields[0]] = true
			if !strings.Contains(table, "\n| "+fields[0]+" |") {
				t.Errorf("docs/architecture.md gives no reason for %s", fields[0])
			}
		}
	}
	for line := range strings.Lines(table) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		if strings.Contains(name, ".") && !direct[name] {
			t.Errorf("docs/architecture.md explains %s, which go.mod does not require directly", name)
		}
	}
}
