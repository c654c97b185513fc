package neo4jtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

func TestImport(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	hosts := write("hosts.csv", ":ID,:LABEL,cpus:long\n0,Host;Guest,4\n")
	switches := write("switches.csv", ":ID,:LABEL,ports:string[]\n1,Switch,a;b\n")
	wires := write("wires.csv", ":START_ID,:END_ID,:TYPE\n0,1,WIRED_TO\n")
	cfg := Config{Lib: Lib(t), Home: filepath.Join(dir, "home"), Password: password}
	if err := Import(t.Context(), cfg, []string{hosts, switches}, wires); err != nil {
		t.Fatal(err)
	}
	s, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	driver, err := neo4j.NewDriverWithContext(s.URI(), neo4j.BasicAuth(User, password, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer driver.Close(t.Context())
	res, err := neo4j.ExecuteQuery(t.Context(), driver, "MATCH (h:Guest)-[:WIRED_TO]->(s:Switch) RETURN h.cpus + size(s.ports) AS n", nil, neo4j.EagerResultTransformer)
	if err != nil || len(res.Records) != 1 || res.Records[0].Values[0] != int64(6) {
		t.Errorf("got %v, %v; want one record of 6", res, err)
	}
}

func TestImportSaysWhy(t *testing.T) {
	cfg := Config{Lib: Lib(t), Home: filepath.Join(t.TempDir(), "home")}
	err := Import(t.Context(), cfg, []string{"/nowhere/nodes.csv"}, "/nowhere/wires.csv")
	if err == nil || !strings.Contains(err.Error(), "/nowhere/") || !strings.Contains(err.Error(), cfg.Home) {
		t.Errorf("%v, want an error that names the file and the home", err)
	}
}
