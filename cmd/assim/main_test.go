package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assim-mesh/assim/cma"
	"github.com/assim-mesh/assim/cma/api"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"assim": main, "serve": serve, "connect": connect})
}

// TestScript runs testdata/script/*.txtar, each in an empty directory and with its own installation:
//
//	go test ./cmd/assim -run Script/search
//
// Besides testscript's own commands there are:
//
//	up [FLAG...]     starts 'assim up', its stderr in up.log, and waits until it says that it is ready
//	down             interrupts it and waits for its end, which must be clean
//	crash            ends it without a chance to tidy up
//	damage FILE      overwrites the middle of a file
//	peers            starts a server on loopback and a client of it; the port is in $PORT
//	eventually SECONDS ARG...  runs assim until it succeeds and its output matches the last ARG
//	goodconfig FILE  writes a configuration that names the parts of the running 'assim up'
//	fifo FILE        makes a FIFO
//	site, put, stale, raw, halt  see scriptSites
//	terminal FILE ARG...  see sitDown
//	cma, tell, assert, dead  see scriptCMA
//	unprivileged ... runs assim without root's right to pass over the modes of files
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("ASSIM_DATA", filepath.Join(env.WorkDir, "data"))
			name, err := os.Hostname()
			env.Setenv("HOSTNAME_OF_TEST", name)
			env.Setenv("GORACE", noRaceSleep)
			env.Setenv("BAD", "\xff")
			env.Setenv("LONG", strings.Repeat("a", 4097))
			env.Values[cmaKey{}] = new(*scriptCMA)
			env.Values[sitesKey{}] = &scriptSites{servers: map[string][]*scriptServer{}}
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"up": startUp, "down": stopUp, "crash": crashUp, "damage": damage,
			"goodconfig": writeConfig, "fifo": makeFIFO, "peers": startPeers, "eventually": eventually, "unprivileged": unprivileged,
			"cma": startCMA, "tell": tellCMA, "assert": assertFacts, "dead": reportDead,
			"terminal": sitDown, "site": startSite, "put": putRow, "stale": makeStale, "raw": tellServer, "halt": haltServer,
		},
	})
}

// noRaceSleep spares each of a script's commands the second that a race-detecting program sleeps
// before it ends.
const noRaceSleep = "atexit_sleep_ms=0"

// running is the 'assim up' of a script.
type running struct {
	cmd  *exec.Cmd
	done chan error
}

// upOf holds the running of each script that has one, by its *testscript.TestScript.
var upOf sync.Map

// program is one of TestMain's programs as a process of its own, in the script's directory.
func program(ts *testscript.TestScript, name string, args ...string) *exec.Cmd {
	path := ""
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if p := filepath.Join(dir, name); path == "" && isFile(p) {
			path = p
		}
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("HOME"), "ASSIM_DATA=" + ts.Getenv("ASSIM_DATA"), "GORACE=" + noRaceSleep}
	return cmd
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func startUp(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("up can't be negated; use ! exec assim up")
	}
	cmd := program(ts, "assim", append([]string{"up"}, args...)...)
	stderr, err := os.Create(ts.MkAbs("up.log"))
	ts.Check(err)
	defer stderr.Close() // the command has its own
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	lines := bufio.NewScanner(stdout)
	ready := false
	for !ready && lines.Scan() {
		ts.Logf("up: %s", lines.Text())
		ready = strings.HasPrefix(lines.Text(), "  assim query ")
	}
	done := make(chan error, 1)
	go func() {
		for lines.Scan() {
		}
		done <- cmd.Wait()
	}()
	if !ready {
		ts.Fatalf("assim up ended: %v\n%s", <-done, ts.ReadFile("up.log"))
	}
	r := &running{cmd: cmd, done: done}
	upOf.Store(ts, r)
	ts.Defer(func() {
		if _, still := upOf.LoadAndDelete(ts); still {
			cmd.Process.Kill()
			<-done
		}
	})
}

func stopUp(ts *testscript.TestScript, neg bool, args []string) {
	r := takeUp(ts)
	ts.Check(r.cmd.Process.Signal(os.Interrupt))
	if err := <-r.done; err != nil {
		ts.Fatalf("assim up did not end cleanly: %v\n%s", err, ts.ReadFile("up.log"))
	}
}

func crashUp(ts *testscript.TestScript, neg bool, args []string) {
	r := takeUp(ts)
	ts.Check(r.cmd.Process.Kill())
	<-r.done
}

func takeUp(ts *testscript.TestScript) *running {
	r, ok := upOf.LoadAndDelete(ts)
	if !ok {
		ts.Fatalf("no assim up runs")
	}
	return r.(*running)
}

func damage(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: damage FILE")
	}
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	for i := len(b) / 4; i < len(b)*3/4; i++ {
		b[i] ^= 0x5a
	}
	ts.Check(os.WriteFile(path, b, 0o600))
}

// unprivileged runs assim without the capabilities by which root passes over a file's mode, and keeps
// what it prints in unprivileged.txt.
func unprivileged(ts *testscript.TestScript, neg bool, args []string) {
	cmd := program(ts, "assim", args...)
	if os.Geteuid() == 0 {
		cmd.Args = append([]string{"setpriv", "--bounding-set=-all", cmd.Path}, args...)
		setpriv, err := exec.LookPath("setpriv")
		ts.Check(err)
		cmd.Path = setpriv
	}
	out, err := cmd.CombinedOutput()
	ts.Check(os.WriteFile(ts.MkAbs("unprivileged.txt"), out, 0o644))
	if (err != nil) != neg {
		ts.Fatalf("%v: %v\n%s", args, err, out)
	}
}

func makeFIFO(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(syscall.Mkfifo(ts.MkAbs(args[0]), 0o600))
}

// serve accepts one connection on loopback, prints its port before, and holds it until killed.
func serve() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr().(*net.TCPAddr).Port)
	conn, err := l.Accept()
	if err == nil {
		io.Copy(io.Discard, conn) // until the peer ends
	}
}

// connect holds a connection to the port on loopback until killed.
func connect() {
	conn, err := net.Dial("tcp", "127.0.0.1:"+os.Args[1])
	if err == nil {
		io.Copy(io.Discard, conn)
	}
}

func startPeers(ts *testscript.TestScript, neg bool, args []string) {
	// Scripts run side by side on one host. Without a word of its own, the servers of two would be one
	// process with two ports to whoever looks at them by command.
	server := program(ts, "serve", ts.Getenv("WORK"))
	stdout, err := server.StdoutPipe()
	ts.Check(err)
	start(ts, server)
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		ts.Fatalf("serve said no port: %v", lines.Err())
	}
	ts.Setenv("PORT", lines.Text())
	start(ts, program(ts, "connect", lines.Text()))
}

// start runs cmd until the script ends.
func start(ts *testscript.TestScript, cmd *exec.Cmd) {
	ts.Check(cmd.Start())
	ts.Defer(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
}

func eventually(ts *testscript.TestScript, neg bool, args []string) {
	seconds, err := strconv.Atoi(args[0])
	ts.Check(err)
	want := regexp.MustCompile(args[len(args)-1])
	deadline := time.Now().Add(time.Duration(seconds) * time.Second)
	for {
		out, err := program(ts, "assim", args[1:len(args)-1]...).CombinedOutput()
		if err == nil && want.Match(out) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("not within %d s: %v\n%s", seconds, err, out)
		}
		time.Sleep(200 * time.Millisecond) // the product offers nothing to wait on
	}
}

func writeConfig(ts *testscript.TestScript, neg bool, args []string) {
	inst := installation{dir: ts.Getenv("ASSIM_DATA")}
	ends, err := inst.readEndpoints()
	ts.Check(err)
	fleet, err := api.ReadFleet(inst.path(cma.FleetFile))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("cache-password"), []byte(fleet.CachePassword()+"\n"), 0o600))
	text := fmt.Sprintf("fleet: %s\ncma: https://%s\nsites:\n  - name: here\n    caches: [{addr: %q, password-file: %s}]\n",
		inst.path(cma.FleetFile), ends.API, ends.Cache, ts.MkAbs("cache-password"))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
