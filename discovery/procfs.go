package discovery

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// maxCmdlineBytes bounds the arguments of a process that are kept, all together.
const maxCmdlineBytes = 4 << 10

// processes returns the ids of the processes that can be seen.
func processes(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, "proc")
	if err != nil {
		return nil, err
	}
	var pids []string
	for _, e := range entries {
		if _, err := strconv.ParseUint(e.Name(), 10, 32); err == nil {
			pids = append(pids, e.Name())
		}
	}
	return pids, nil
}

// vanished reports whether err says that what was to be read is no more: a process that ended, a
// descriptor that was closed. A kernel thread has no program and reads the same.
func vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}

// socketInodes returns the sockets that a process holds, of whatever protocol.
func socketInodes(fsys fs.FS, pid string) ([]uint64, error) {
	dir := path.Join("proc", pid, "fd")
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, err
	}
	var inodes []uint64
	for _, e := range entries {
		link, err := fs.ReadLink(fsys, dir+"/"+e.Name())
		if vanished(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if inode, ok := socketInode(link); ok {
			inodes = append(inodes, inode)
		}
	}
	return inodes, nil
}

// socketInode parses "socket:[1593]".
func socketInode(link string) (uint64, bool) {
	s, ok := strings.CutPrefix(link, "socket:[")
	if !ok {
		return 0, false
	}
	inode, err := strconv.ParseUint(strings.TrimSuffix(s, "]"), 10, 64)
	return inode, err == nil
}

// readProcess reads what a process is, without its sockets and network namespace.
func readProcess(fsys fs.FS, pid string) (Process, error) {
	dir := "proc/" + pid + "/"
	exe, err := fs.ReadLink(fsys, dir+"exe")
	if err != nil {
		return Process{}, err
	}
	cwd, err := fs.ReadLink(fsys, dir+"cwd")
	if err != nil {
		return Process{}, err
	}
	p := Process{Cwd: cwd}
	p.Exe, p.ExeDeleted = strings.CutSuffix(exe, " (deleted)")
	if p.Cmdline, err = parseFile(fsys, dir+"cmdline", parseCmdline); err != nil {
		return Process{}, err
	}
	owner, err := parseFile(fsys, dir+"status", parseOwner)
	p.UID, p.GID = owner.uid, owner.gid
	return p, err
}

// movingTitle is what programs that set their title write there of their state: sshd the connections
// that have yet to log in, sidekiq its jobs, PostgreSQL's receiver its position in the log.
var movingTitle = regexp.MustCompile(` \d+ of \d+-\d+ startups$| \[\d+ of \d+ busy\]| streaming [0-9A-F]+/[0-9A-F]+$`)

// parseCmdline splits a command line. A program that sets its title leaves one string there, and the
// rest of its arguments' space to empty ones, which are no arguments.
func parseCmdline(r io.Reader) ([]string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxCmdlineBytes))
	if err != nil {
		return nil, err
	}
	b = bytes.TrimRight(b, "\x00")
	if len(b) == 0 {
		return []string{}, nil
	}
	args := strings.Split(string(b), "\x00")
	if len(args) == 1 {
		args[0] = movingTitle.ReplaceAllString(args[0], "")
	}
	return args, nil
}

// owner is a process's real user and group.
type owner struct{ uid, gid uint32 }

// parseOwner reads proc/PID/status:
//
//	Uid:	1000	1000	1000	1000	(real, effective, saved, file system)
func parseOwner(r io.Reader) (owner, error) {
	var o owner
	found := 0
	sc := bufio.NewScanner(r)
	for found < 2 && sc.Scan() { // a process of 10,000 groups has a line of 64 KiB behind these
		f := strings.Fields(sc.Text())
		if len(f) < 2 || f[0] != "Uid:" && f[0] != "Gid:" {
			continue
		}
		id, err := strconv.ParseUint(f[1], 10, 32)
		if err != nil {
			return owner{}, fmt.Errorf("%q: %w", sc.Text(), err)
		}
		if f[0] == "Uid:" {
			o.uid = uint32(id)
		} else {
			o.gid = uint32(id)
		}
		found++
	}
	if err := sc.Err(); err != nil {
		return owner{}, err
	}
	if found != 2 {
		return owner{}, fmt.Errorf("%d lines Uid: and Gid:, want one each", found)
	}
	return o, nil
}

// readNames reads passwd(5) or group(5); a host without it has no names.
func readNames(fsys fs.FS, name string) (map[uint32]string, error) {
	names, err := parseFile(fsys, name, parseNames)
	if errors.Is(err, ErrNotHere) {
		return nil, nil
	}
	return names, err
}

// parseNames maps ids to names; the first of two names wins, as in getpwuid(3). Other lines than
// "name:password:id:..." are passed over: NIS has such, and a file that is cut off ends in one. A group of
// 10,000 users is a line of 80 KB.
func parseNames(r io.Reader) (map[uint32]string, error) {
	const maxBytes = 8 << 20 // 100,000 users of 80 bytes
	names := map[uint32]string{}
	sc := bufio.NewScanner(io.LimitReader(r, maxBytes))
	sc.Buffer(nil, maxBytes+1)
	for sc.Scan() {
		f := strings.SplitN(sc.Text(), ":", 4)
		if len(f) < 4 || f[0] == "" {
			continue
		}
		id, err := strconv.ParseUint(f[2], 10, 32)
		if err != nil {
			continue
		}
		if _, ok := names[uint32(id)]; !ok {
			names[uint32(id)] = f[0]
		}
	}
	return names, sc.Err()
}
