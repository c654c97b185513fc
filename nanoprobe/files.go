package nanoprobe

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	// maxFileBytes bounds a snapshot's contents; of a larger file the cache gets a notice.
	maxFileBytes = 10 << 20
	// maxFiles bounds how many files of a host are kept, globs expanded.
	maxFiles = 10_000
	// maxListBytes bounds snapshot.list. A longer one is refused: half of its last line would be a wish
	// that nobody has.
	maxListBytes = 1 << 20
)

// gone is the notice of a file that is not there.
const gone = "gone"

// file is what is known of a file without reading it: equal files need no reading.
type file struct {
	mode   fs.FileMode
	size   int64
	mtime  time.Time
	inode  uint64
	device uint64
	ctime  syscall.Timespec
	uid    uint32
	gid    uint32
	notice string // why its contents can't be had; empty for a regular file
}

// String is the line that a snapshot's "stat" field holds.
func (f file) String() string {
	if f.mtime.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s uid %d gid %d size %d mtime %s", f.mode, f.uid, f.gid, f.size, f.mtime.UTC().Format(time.RFC3339))
}

// wanted is what the host's owner wants snapshots of.
type wanted struct {
	paths    []string  // of files, sorted
	commands []command // in the order of the list, no name twice
	warnings []error   // what is wrong with single entries, which leaves the others
}

// findWanted reads what to keep snapshots of: the targets of the symbolic links in linkDir, and the
// lines of listFile, each an absolute path, a glob, or a command. Both are optional; paths are below
// root.
func findWanted(root, linkDir, listFile string) (wanted, error) {
	links, warnings, err := linkedFiles(linkDir)
	if err != nil {
		return wanted{}, err
	}
	w, err := readList(root, listFile)
	if err != nil {
		return wanted{}, err
	}
	w.paths = append(w.paths, links...)
	slices.Sort(w.paths)
	w.paths = slices.Compact(w.paths)
	w.warnings = append(warnings, w.warnings...)
	if len(w.paths) > maxFiles {
		w.warnings = append(w.warnings, fmt.Errorf("%d files wanted, the last %d are left out: at most %d", len(w.paths), len(w.paths)-maxFiles, maxFiles))
		w.paths = w.paths[:maxFiles]
	}
	return w, nil
}

func linkedFiles(dir string) (paths []string, warnings []error, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		link := filepath.Join(dir, e.Name())
		target, err := os.Readlink(link)
		switch {
		case err != nil:
			warnings = append(warnings, fmt.Errorf("%s: not a symbolic link", link))
			continue
		case !filepath.IsAbs(target):
			target = filepath.Join(dir, target)
		}
		paths = append(paths, filepath.Clean(target))
	}
	return paths, warnings, nil
}

// readList reads the list. Who may write it decides what the nanoprobe runs: commands of a list that
// anyone may write are passed over.
func readList(root, name string) (wanted, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return wanted{}, nil
	}
	if err != nil {
		return wanted{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return wanted{}, err
	}
	if info.Size() > maxListBytes {
		return wanted{}, fmt.Errorf("%s: %d bytes, at most %d", name, info.Size(), maxListBytes)
	}
	var w wanted
	sc := bufio.NewScanner(io.LimitReader(f, maxListBytes)) // it may grow meanwhile
	sc.Buffer(nil, maxListBytes+1)
	for line := 1; sc.Scan(); line++ {
		entry := strings.TrimSpace(sc.Text())
		if entry == "" || entry[0] == '#' {
			continue
		}
		where := fmt.Sprintf("%s, line %d", name, line)
		if entry[0] == '@' && info.Mode().Perm()&0o002 != 0 {
			err = errors.New("anyone may write the list, so it runs no commands")
		} else if entry[0] == '@' {
			err = w.addCommand(entry, where)
		} else {
			err = w.addPath(root, entry)
		}
		if err != nil {
			w.warnings = append(w.warnings, fmt.Errorf("%s: %w", where, err))
		}
	}
	return w, sc.Err() // which names the file: no line is too long for the buffer
}

func (w *wanted) addCommand(entry, where string) error {
	c, err := parseCommand(entry)
	if err != nil {
		return err
	}
	c.where = where
	for _, other := range w.commands {
		if other.name == c.name {
			return fmt.Errorf("@%s is there already: %s", c.name, other.where)
		}
	}
	if len(w.commands) == maxCommands {
		return fmt.Errorf("@%s is one command too many: at most %d", c.name, maxCommands)
	}
	w.commands = append(w.commands, c)
	return nil
}

func (w *wanted) addPath(root, entry string) error {
	if !filepath.IsAbs(entry) {
		return fmt.Errorf("%q is not an absolute path", entry)
	}
	if !strings.ContainsAny(entry, `*?[\`) {
		w.paths = append(w.paths, filepath.Clean(entry))
		return nil
	}
	matches, err := filepath.Glob(filepath.Join(root, entry))
	if err != nil {
		return fmt.Errorf("%q: %w", entry, err)
	}
	for _, m := range matches {
		if rel, err := filepath.Rel(root, m); err == nil {
			w.paths = append(w.paths, "/"+rel)
		}
	}
	return nil
}

// statFile looks at path below root without opening it, for opening a device can act on it.
// It reports false when there is no such file.
func statFile(root, path string) (file, bool) {
	info, err := os.Stat(filepath.Join(root, path))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return file{}, false
	case errors.Is(err, syscall.ELOOP):
		return file{notice: "a loop of symbolic links"}, true
	case errors.Is(err, fs.ErrPermission):
		return file{notice: "not readable by the nanoprobe"}, true
	case err != nil:
		return file{notice: "not readable: " + cause(err)}, true
	}
	f := file{mode: info.Mode(), size: info.Size(), mtime: info.ModTime()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		f.inode, f.device, f.ctime, f.uid, f.gid = st.Ino, st.Dev, st.Ctim, st.Uid, st.Gid
	}
	switch {
	case f.mode.IsRegular() && f.size > maxFileBytes:
		f.notice = tooLarge(f.size)
	case f.mode.IsRegular():
	default:
		f.notice = "not a regular file: " + kind(f.mode)
	}
	return f, true
}

func tooLarge(size int64) string {
	return fmt.Sprintf("%d bytes: contents above %d bytes are not kept", size, maxFileBytes)
}

func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return mode.Type().String()
}

// cause is err without the operation and the path, which the snapshot's row says already.
func cause(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// readFile returns the contents of path below root, or a notice that says why they can't be had.
// It opens without waiting, so that a file that has become a FIFO since it was looked at can't hang
// the nanoprobe, and looks again at what it opened.
func readFile(root, path string) (content []byte, stat file, notice string) {
	stat, ok := statFile(root, path)
	if !ok {
		return nil, stat, gone
	}
	if stat.notice != "" {
		return nil, stat, stat.notice
	}
	f, err := os.OpenFile(filepath.Join(root, path), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, stat, "not readable by the nanoprobe"
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, stat, "not a regular file any more"
	}
	content, err = io.ReadAll(io.LimitReader(f, maxFileBytes+1)) // files of /proc say size 0
	if err != nil {
		return nil, stat, "not readable: " + cause(err)
	}
	if len(content) > maxFileBytes {
		return nil, stat, tooLarge(int64(len(content)))
	}
	return content, stat, ""
}
