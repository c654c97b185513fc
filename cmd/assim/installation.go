package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/assim-mesh/assim/nanoprobe"
)

// installation is a data directory:
//
//	fleet.json          what another member of the fleet gets a copy of
//	ca.pem, server.pem  the authority and the server's certificate, each with its key
//	journal.db          the newest document of each instance of each host
//	graph.db            the graph, which can be made again from the journal
//	identity/           who this host is
//	endpoints.json      where the parts listen
//	discovery.d/        the user's discovery scripts
//	discovery.shipped/  the scripts that come with the program, written at each start
//	snapshot.d/         symbolic links to files to keep snapshots of
//	snapshot.list       further such files, and commands, one a line
//	lock                held by the process that runs on it, whose pid it names
type installation struct {
	dir  string
	lock *os.File // nil when only read
}

// errInUse is returned by claim when another process runs on the directory.
var errInUse = errors.New("in use by another assim up")

func (o *options) installation() (installation, error) {
	dir := o.dataDir
	if dir == "" {
		dir = os.Getenv("ASSIM_DATA")
	}
	switch {
	case dir != "":
	case os.Geteuid() == 0:
		dir = "/var/lib/assim"
	default:
		home, err := os.UserHomeDir()
		if err != nil {
			return installation{}, fmt.Errorf("%w: %w", errNoDataDir, err)
		}
		state := os.Getenv("XDG_STATE_HOME")
		if state == "" {
			state = filepath.Join(home, ".local", "state")
		}
		dir = filepath.Join(state, "assim")
	}
	dir, err := filepath.Abs(dir)
	return installation{dir: dir}, err
}

// errNoDataDir is returned where no directory is given and none can be guessed.
var errNoDataDir = errors.New("no data directory")

func (i installation) path(name string) string { return filepath.Join(i.dir, name) }

// claim makes the directory if need be and locks it until release.
func (i *installation) claim() error {
	for _, dir := range []string{i.dir, i.path("discovery.d"), i.path("snapshot.d")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("data directory %q: %w", i.dir, err)
		}
	}
	f, err := os.OpenFile(i.path("lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("data directory %q: %w", i.dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return fmt.Errorf("data directory %q: lock: %w", i.dir, err)
		}
		holder := make([]byte, 32)
		n, _ := f.Read(holder)
		return fmt.Errorf("data directory %q: %w (process %s)", i.dir, errInUse, strings.TrimSpace(string(holder[:n])))
	}
	if err := errors.Join(f.Truncate(0), writePID(f), nanoprobe.WriteDefaultList(i.path("snapshot.list"))); err != nil {
		f.Close()
		return fmt.Errorf("data directory %q: %w", i.dir, err)
	}
	i.lock = f
	return nil
}

func writePID(f *os.File) error {
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// release lets another process claim the directory.
func (i *installation) release() error { return i.lock.Close() }

// endpoints says where the parts of a running installation listen.
type endpoints struct {
	API   string `json:"api"`   // host:port of the CMA
	Cache string `json:"cache"` // host:port of the snapshot cache
}

// errNotRunning is returned where no installation ever ran, or none runs now.
var errNotRunning = errors.New("nothing runs here")

func (i installation) readEndpoints() (endpoints, error) {
	b, err := os.ReadFile(i.path("endpoints.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return endpoints{}, fmt.Errorf("data directory %q: %w", i.dir, errNotRunning)
	}
	if err != nil {
		return endpoints{}, err
	}
	var e endpoints
	if err := json.Unmarshal(b, &e); err != nil {
		return endpoints{}, fmt.Errorf("%s: %w", i.path("endpoints.json"), err)
	}
	return e, nil
}

func (i installation) writeEndpoints(e endpoints) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	tmp := i.path("endpoints.json.tmp") // the lock is held: nobody else writes it
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, i.path("endpoints.json"))
}
