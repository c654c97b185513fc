package discovery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/shirou/gopsutil/v3/common"
)

// ErrNotHere is returned by an Agent whose subject this host does not have: no package database, a
// kernel without /proc. It is no failure: the agent is passed over and logged at debug level.
var ErrNotHere = errors.New("not on this host")

// Agent reads one aspect of a host.
type Agent struct {
	Name        string        // the instance of its documents, and their type unless Discover returns an Envelope
	Description string        // one line for people
	Every       time.Duration // how often it is worth looking
	Timeout     time.Duration // bound of one Discover; 0 is 30 s
	// Discover reads the aspect. It must return soon after ctx is done, and equal values for an
	// unchanged host: sort what has no order. All or nothing: a stale document is better than half
	// of one. It returns a value that marshals to JSON, or an Envelope when what it runs says its
	// own type and description. It is not called again before it has returned.
	Discover func(ctx context.Context, host Host) (any, error)
}

// Agents returns every agent that is built in, in the order of their names. This list is the
// registry.
func Agents() []Agent {
	return []Agent{
		Memory(),
		Mounts(),
		Netconfig(),
		OS(),
		Packages(),
		Resolvers(),
		TCPDiscovery(DefaultLinger),
	}
}

// Host is what agents read: / on a host, a recorded tree in tests.
type Host struct {
	Dir string // root of the file tree; "/" on a host
	// Addrs returns the kernel's answer to RTM_GETADDR, as netlink messages in host byte order: the
	// one fact that agents need and no file holds. It is nil where there is no such kernel.
	Addrs func() ([]byte, error)
}

// LiveHost returns the host this program runs on, with its file tree at dir: "/", or where a
// container has it mounted.
func LiveHost(dir string) Host { return Host{Dir: dir, Addrs: netlinkAddrs()} }

// FS returns the tree for agents that read files themselves.
func (h Host) FS() fs.FS { return os.DirFS(h.Dir) }

// Context returns ctx with the tree for agents that read through gopsutil.
func (h Host) Context(ctx context.Context) context.Context {
	return context.WithValue(ctx, common.EnvKey, common.EnvMap{
		common.HostProcEnvKey: filepath.Join(h.Dir, "proc"),
		common.HostSysEnvKey:  filepath.Join(h.Dir, "sys"),
		common.HostEtcEnvKey:  filepath.Join(h.Dir, "etc"),
		common.HostVarEnvKey:  filepath.Join(h.Dir, "var"),
		common.HostRunEnvKey:  filepath.Join(h.Dir, "run"),
	})
}

// parseFile is how agents read a file: parse is pure, and its errors get the file's name here. A file
// that is not there is both ErrNotHere and fs.ErrNotExist.
func parseFile[T any](fsys fs.FS, name string, parse func(io.Reader) (T, error)) (T, error) {
	var none T
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return none, fmt.Errorf("%w: %w", ErrNotHere, err)
	}
	if err != nil {
		return none, err
	}
	defer f.Close()
	v, err := parse(f)
	if err != nil {
		return none, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}
