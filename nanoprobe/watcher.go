package nanoprobe

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/assim-mesh/assim/cache"
)

// filesEvery is how often the list and the wanted files are looked at; only files whose status changed
// are read.
const filesEvery = 30 * time.Second

// watcher finds which of the wanted files changed since it last looked, and has the wanted commands run.
type watcher struct {
	root, linkDir, listFile string
	changed                 func(path string)      // there, gone or different
	commands                *commands              //
	isDocument              func(name string) bool // a name that no command may have
	rand                    *rand.Rand
	logger                  *slog.Logger

	seen   map[string]file
	warned map[string]bool // warnings given, each once for as long as it holds
}

// run looks until ctx is done, and waits for the commands to end. It closes looked after the first look,
// and known after the first that went well.
func (w *watcher) run(ctx context.Context, looked, known chan<- struct{}) {
	defer w.commands.stop()
	for {
		err := w.look(ctx)
		if err != nil {
			w.logger.Error("files to snapshot not known", "err", err)
		}
		if looked != nil {
			close(looked)
			looked = nil
		}
		if err == nil && known != nil {
			close(known)
			known = nil
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(about(filesEvery, w.rand)):
		}
	}
}

func (w *watcher) look(ctx context.Context) error {
	wanted, err := findWanted(w.root, w.linkDir, w.listFile)
	if err != nil {
		return err
	}
	w.lookAt(wanted.paths)
	own, clashes := w.unclaimed(wanted.commands)
	w.commands.want(ctx, own)
	w.warn(append(wanted.warnings, clashes...))
	return nil
}

// unclaimed returns the commands whose names are not those of documents, and what is wrong with the
// others.
func (w *watcher) unclaimed(list []command) (own []command, clashes []error) {
	for _, c := range list {
		if w.isDocument(c.name) {
			clashes = append(clashes, fmt.Errorf("%s: @%s is the name of a discovery document of this host", c.where, c.name))
			continue
		}
		own = append(own, c)
	}
	return own, clashes
}

// lookAt tells which of the files changed, and which are not wanted any more or gone.
func (w *watcher) lookAt(paths []string) {
	seen := make(map[string]file, len(paths))
	for _, path := range paths {
		f, ok := statFile(w.root, path)
		if !ok {
			continue
		}
		seen[path] = f
		if old, known := w.seen[path]; !known || old != f {
			w.changed(path)
		}
	}
	for path := range w.seen {
		if _, still := seen[path]; !still {
			w.changed(path)
		}
	}
	w.seen = seen
}

func (w *watcher) warn(warnings []error) {
	now := make(map[string]bool, len(warnings))
	for _, err := range warnings {
		now[err.Error()] = true
		if !w.warned[err.Error()] {
			w.logger.Warn("entry of the files to snapshot passed over", "err", err)
		}
	}
	w.warned = now
}

// snapshotFile is path as it is now; it reports false when it is gone.
func snapshotFile(root, path string) (cache.Snapshot, bool) {
	content, stat, notice := readFile(root, path)
	if notice == gone {
		return cache.Snapshot{}, false
	}
	return cache.Snapshot{Path: path, Content: content, Stat: stat.String(), Notice: notice, Changed: stat.mtime}, true
}
