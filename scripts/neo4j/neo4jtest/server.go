package neo4jtest

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// User is the one user of a server.
const User = "neo4j"

const (
	// startTimeout bounds a start, which takes 4 s on an idle machine with two cores, 15 s on a busy one.
	startTimeout = 90 * time.Second
	// stopTimeout bounds an orderly end, which takes 0.2 s; then the process is killed.
	stopTimeout = 20 * time.Second
)

//go:embed Launcher.java
var launcher []byte

// Config says what to start.
type Config struct {
	Lib      string // directory of the jars, as scripts/neo4j/fetch prints it; LIB.jsa may archive their classes
	Home     string // directory of data and logs; made when missing, its data is found again
	Password string // of User, set at the first start; Neo4j wants 8 characters
	Listen   string // host:port of Bolt; empty is a free port of 127.0.0.1
	// Memory is the heap in MB, and the page cache as well, of a server whose speed is measured: it
	// then compiles and collects as it does by default. 0 is a server that starts soon and stays small.
	Memory int
}

// Server is a Neo4j server in a process of its own. Its methods are for one goroutine.
type Server struct {
	cfg     Config
	addr    string
	process *exec.Cmd
	stdin   io.Closer
	ended   chan struct{} // closed when the process has ended
}

// Lib returns the directory of the jars for a test, from the environment. Without it the test fails.
// Under -short it is skipped.
func Lib(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a Neo4j server")
	}
	lib := os.Getenv("ASSIM_NEO4J_LIB")
	if lib == "" {
		t.Fatal("no Neo4j server: run scripts/test, which fetches one, or set ASSIM_NEO4J_LIB to what scripts/neo4j/fetch prints")
	}
	return lib
}

// Start starts a server and returns when it answers User with the password. ctx bounds the start, not
// the life of the server.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	if err := os.MkdirAll(cfg.Home, 0o700); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg}
	if err := s.Restart(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Addr is the host:port of Bolt.
func (s *Server) Addr() string { return s.addr }

// URI is the address as a driver wants it.
func (s *Server) URI() string { return "bolt://" + s.addr }

// PID is the process of the server.
func (s *Server) PID() int { return s.process.Process.Pid }

// Restart starts a server that has ended again, at its old address and with its old data. Settings are
// further lines of neo4j.conf, and hold until the next Restart.
func (s *Server) Restart(ctx context.Context, settings ...string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := s.launch(ctx, settings); err != nil {
		return fmt.Errorf("neo4j in %s: %w", s.cfg.Home, err)
	}
	s.cfg.Listen = s.addr
	if err := setPassword(ctx, s.URI(), s.cfg.Password); err != nil {
		return errors.Join(fmt.Errorf("neo4j in %s: %w", s.cfg.Home, err), s.Kill())
	}
	return nil
}

// launch starts the process and waits until it says the address.
func (s *Server) launch(ctx context.Context, settings []string) error {
	cmd, err := s.command(settings)
	if err != nil {
		return err
	}
	said, err := os.Create(s.path("launcher.log"))
	if err != nil {
		return err
	}
	defer said.Close() // the process has its own
	cmd.Stderr = said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.process, s.stdin, s.ended = cmd, stdin, make(chan struct{})
	addr := make(chan string, 1)
	go func() {
		defer close(s.ended)
		line, _ := bufio.NewReader(stdout).ReadString('\n')
		addr <- strings.TrimSpace(line)
		cmd.Wait() // its status says nothing that launcher.log does not
	}()
	select {
	case s.addr = <-addr:
	case <-ctx.Done():
		return errors.Join(ctx.Err(), s.Kill())
	}
	if s.addr == "" {
		<-s.ended
		return fmt.Errorf("ended at its start: %s", s.lastWords())
	}
	return nil
}

// command prepares the process. A heap of 512 MB, the plain collector and the quick compiler serve
// tests best: 3.5 s to the start and 340 MB resident, where the defaults take 5 s and 400 MB.
// An archive of classes halves the processor time. Java does without one that is not there or does not fit,
// but would say so on stdout, where the address is awaited.
func (s *Server) command(settings []string) (*exec.Cmd, error) {
	java, pageCacheMB := []string{"-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"}, 64
	if s.cfg.Memory > 0 {
		java, pageCacheMB = []string{fmt.Sprintf("-Xmx%dm", s.cfg.Memory)}, s.cfg.Memory
	}
	conf := append([]string{
		"server.bolt.enabled=true",
		"server.bolt.listen_address=" + s.cfg.Listen,
		fmt.Sprintf("server.memory.pagecache.size=%dm", pageCacheMB),
		"dbms.security.auth_enabled=true",
		"dbms.usage_report.enabled=false",
		"db.tx_log.preallocate=false",
		"internal.server.bolt.thread_pool_shutdown_wait_time=0s",
		"internal.server.bolt.connection_shutdown_wait_time=0s",
	}, settings...)
	if err := os.WriteFile(s.path("neo4j.conf"), []byte(strings.Join(conf, "\n")), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(s.path("Launcher.java"), launcher, 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command("java", append(java, "--add-opens=java.base/java.nio=ALL-UNNAMED",
		"-XX:SharedArchiveFile="+s.cfg.Lib+".jsa", "-Xlog:disable", "-Xlog:all=warning:stderr",
		"-cp", filepath.Join(s.cfg.Lib, "*"), s.path("Launcher.java"), s.cfg.Home, s.path("neo4j.conf"))...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt at the terminal is its starter's matter
	return cmd, nil
}

// Stop ends the server in order.
func (s *Server) Stop() error {
	err := s.stdin.Close()
	select {
	case <-s.ended:
		return err
	case <-time.After(stopTimeout):
		return errors.Join(fmt.Errorf("neo4j in %s did not stop within %v", s.cfg.Home, stopTimeout), s.Kill())
	}
}

// Kill ends the server by SIGKILL, as a loss of power does.
func (s *Server) Kill() error {
	err := s.process.Process.Kill()
	<-s.ended
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// lastWords is the end of what the process said.
func (s *Server) lastWords() string {
	said, err := os.ReadFile(s.path("launcher.log"))
	if err != nil {
		return err.Error()
	}
	const tail = 2000
	said = bytes.TrimSpace(said)
	return string(said[max(0, len(said)-tail):])
}

func (s *Server) path(name string) string { return filepath.Join(s.cfg.Home, name) }
