package nanoprobe

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/assim-mesh/assim/cache"
)

// filesEvery is how often the wanted files are looked at; only those whose status changed are read.
const filesEvery = 30 * time.Second

// watcher finds which of the wanted files changed since it last looked.
type watcher struct {
	root, linkDir, listFile string
	changed                 func(path string) // there, gone or different
	rand                    *rand.Rand
	logger                  *slog.Logger

	seen   map[string]file
	warned map[string]bool // warnings given, each once for as long as it holds
}

// run looks until ctx is done; after its first look it calls ready.
func (w *watcher) run(ctx context.Context, ready func()) {
	for {
		if err := w.look(); err != nil {
			w.logger.Error("files to snapshot not known", "err", err)
		}
		if ready != nil {
			ready()
			ready = nil
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(about(filesEvery, w.rand)):
		}
	}
}

func (w *watcher) look() error {
	paths, warnings, err := wantedFiles(w.root, w.linkDir, w.listFile)
	if err != nil {
		return err
	}
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
	w.warn(warnings)
	return nil
}

func (w *watcher) warn(warnings []error) {
	now := make(map[string]bool, len(warnings))
	for _, err := range warnings {
		now[err.Error()] = true
		if !w.warned[err.Error()] {
			w.logger.Warn("file to snapshot passed over", "err", err)
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
