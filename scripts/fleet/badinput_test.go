package fleet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/scripts/testbed"
)

// Servers that are not what they are taken for.
const (
	refusing = centre + ":7001"
	speaking = centre + ":7002" // HTTP
	hanging  = centre + ":7003"
)

// startImpostors starts what there is to start of them, until the test ends.
func startImpostors(t *testing.T) {
	t.Helper()
	for _, addr := range []string{speaking, hanging} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		if addr == speaking {
			go answerHTTP(l)
		}
	}
}

// answerHTTP answers as a web server does to what it does not understand, until l is closed.
func answerHTTP(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		// A peer that has gone needs no answer.
		_, _ = conn.Read(make([]byte, 1024))
		_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		conn.Close()
	}
}

// badCaches gives a nanoprobe a good cache server and four others.
func badCaches(t *testing.T, f *fleet) {
	password := testbed.Write(t, f.path("wrong.password"), 0o600, "open sesame")
	probe := f.startStranger(t, "unlucky", fmt.Sprintf(
		"caches=[{addr: '%s'}, {addr: '%s'}, {addr: '%s'}, {addr: '%s', password-file: %s}, {addr: '%s', password-file: %s}]",
		refusing, speaking, hanging, cacheAddr(0), password, cacheAddr(1), f.password.redis))
	testbed.Eventually(t, patience, func() error {
		answer, err := ask[found](f, "search", "--host", "unlucky", "--path", "@os", "^")
		if err == nil && len(answer.Hits) == 0 {
			err = fmt.Errorf("the good cache has nothing of the host")
		}
		return err
	})
	for addr, why := range map[string]string{
		refusing: "connection refused", speaking: "HTTP/1.1", hanging: "i/o timeout", cacheAddr(0): "access denied",
	} {
		testbed.Eventually(t, patience, func() error { return probe.Says("destination failed", `"destination":"cache `+addr, why) })
	}
	probe.Stop(t)
}

// badGraphs gives each of four CMAs a Neo4j that is none, or that refuses it. What may pass they wait
// for; what will not, they end with.
func badGraphs(t *testing.T, f *fleet) {
	password := testbed.Write(t, f.path("wrong.password"), 0o600, "open sesame")
	type bad struct {
		uri, why, advice string // without advice the CMA goes on
		name, listen     string
		cma              *testbed.Process
	}
	all := []bad{
		{uri: "bolt://" + refusing, why: "unreachable"},
		{uri: "bolt://" + hanging, why: "no answer in time"},
		{uri: "bolt://" + speaking, why: "not a Neo4j server", advice: "set graph.uri"},
		{uri: f.neo4j.URI(), why: "user or password refused", advice: "set graph.username and graph.password-file"},
	}
	for i := range all { // all at once: it takes one of them 15 s to know
		b := &all[i]
		b.name, b.listen = fmt.Sprint("cma", i), fmt.Sprintf("%s:%d", centre, 1990+i)
		b.cma = testbed.Start(t, b.name, exec.Command(testbed.Program(t, "cma"), "run", "--set", "data="+f.path(b.name), "--set", "listen="+b.listen,
			"--set", `hooks=""`, "--set", "graph.store=neo4j", "--set", "graph.uri="+b.uri, "--set", "graph.password-file="+password))
	}
	for _, b := range all {
		if b.advice != "" {
			code := b.cma.Ended(t, patience)
			if err := errors.Join(b.cma.Says(b.why), b.cma.Says("try: "+b.advice)); err != nil || code != 1 {
				t.Errorf("%s: exit status %d, want 1, %v", b.name, code, err)
			}
			continue
		}
		testbed.Eventually(t, patience, func() error { return b.cma.Says("graph not fed", b.why) })
		config := b.name + ".yaml"
		testbed.Write(t, f.path(config), 0o600, "fleet: %s/fleet.json\ncma: https://%s\n", f.path(b.name), b.listen)
		if _, err := f.as(config).Run("query", "--list"); err != nil {
			t.Errorf("a CMA whose Neo4j is %s does not go on: %v", b.why, err)
		}
		b.cma.Stop(t)
	}
}

// badConfigurations start each program with a file that has a fault.
func badConfigurations(t *testing.T, f *fleet) {
	for _, fault := range []struct {
		program string
		args    []string
		text    string
		want    []string
	}{
		{"nanoprobe", nil, "fleet: x\nrign:\n  bind: y\n", []string{"line 2", `unknown key "rign"`, `try: "ring"`}},
		{"nanoprobe", nil, "caches:\n- addr: x\n  pasword-file: y\n", []string{"line 3", `"caches.pasword-file"`, `try: "password-file"`}},
		{"cma", []string{"run"}, "data: x\ngraph:\n  stroe: neo4j\n", []string{"line 3", `unknown key "graph.stroe"`, `try: "store"`}},
		{"cma", []string{"run"}, "graph: {store: mysql}\ndata: " + f.path("mysql"), []string{`"mysql" is neither embedded nor neo4j`}},
		{"assim", []string{"hosts"}, "fleet: x\ncma: y\nsits: []\n", []string{"line 3", `unknown key "sits"`, `try: "sites"`}},
		{"assim", []string{"hosts"}, "fleet: [\n", []string{"bad.yaml", "line 1"}},
	} {
		config := testbed.Write(t, f.path("bad.yaml"), 0o600, "%s", fault.text)
		out, err := exec.Command(testbed.Program(t, fault.program), append(fault.args, "--config", config)...).CombinedOutput()
		if err == nil || !testbed.Holds(string(out), fault.want...) || strings.Count(string(out), "\n") > 2 {
			t.Errorf("%s with %q: %v: %s\nwant a failure and %q", fault.program, fault.text, err, out, fault.want)
		}
	}
}

// strangers are nanoprobes that are not of this fleet.
func strangers(t *testing.T, f *fleet) {
	out, err := exec.Command(testbed.Program(t, "nanoprobe"), "--set", "data="+f.path("none"), "--set", "fleet="+f.path("none/fleet.json")).CombinedOutput()
	if err == nil || !testbed.Holds(string(out), "no fleet file", "try: 'cma init'") {
		t.Errorf("nanoprobe without the fleet file: %v: %s", err, out)
	}
	if out, err := exec.Command(testbed.Program(t, "cma"), "init", "--set", "data="+f.path("other")).CombinedOutput(); err != nil {
		t.Fatalf("cma init: %v: %s", err, out)
	}

	other := f.startStranger(t, "other", append(f.joining(), "fleet="+f.path("other/fleet.json"))...)
	testbed.Eventually(t, patience, func() error { return other.Says("not a CMA of this fleet", "another authority") })
	testbed.Eventually(t, patience, func() error { return other.Says("has not the ring's key", f.hosts[0].addr) })
	if n, err := f.hosts[0].strangersRefused(); err != nil || n == 0 {
		t.Errorf("%s has refused %v strangers, %v, want some", f.hosts[0].Name, n, err)
	}
	other.Stop(t)

	guess := f.startStranger(t, "guess", append(f.joining(), "fleet="+f.guessSecret(t))...)
	testbed.Eventually(t, patience, func() error { return guess.Says("does not carry the fleet's bearer") })
	guess.Stop(t)
	if all, err := ask[[]api.Host](f, "hosts"); err != nil || len(all) != hostCount {
		t.Errorf("%d hosts, %v, want %d: strangers are none", len(all), err, hostCount)
	}
}

// guessSecret makes a fleet file with the right authority and a wrong secret.
func (f *fleet) guessSecret(t testing.TB) string {
	t.Helper()
	members, err := api.ReadFleet(f.path("cma.d/fleet.json"))
	if err != nil {
		t.Fatal(err)
	}
	members.Secret = strings.Repeat("5a", 32)
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return testbed.Write(t, f.path("guess.json"), 0o600, "%s", text)
}

// startStranger starts a nanoprobe on no host of the fleet, without caches, CMA and ring unless sets say
// otherwise.
func (f *fleet) startStranger(t testing.TB, name string, sets ...string) *testbed.Process {
	t.Helper()
	args := []string{}
	for _, set := range append([]string{
		"data=" + f.path(name), "fleet=" + f.path("cma.d/fleet.json"), "host.name=" + name, fmt.Sprintf("host.id='%032x'", name),
		`ring.bind=""`, "scripts.shipped=false",
	}, sets...) {
		args = append(args, "--set", set)
	}
	p := testbed.Start(t, name, exec.Command(testbed.Program(t, "nanoprobe"), args...))
	t.Cleanup(func() { p.Kill(t) }) // the next one has the same address
	return p
}

// joining are settings of a stranger that seeks the fleet's CMA and ring.
func (f *fleet) joining() []string {
	return []string{"cma=['https://" + centre + ":1984']", "ring.bind=" + centre + ":7946", "ring.seeds=['" + f.hosts[0].addr + ":7946']"}
}
