package dump

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/cache"
)

// maxRefusals bounds the refusals that are named.
const maxRefusals = 100

// Summary is what became of a dump.
type Summary struct {
	Written   int           // files that are new or have changed
	Unchanged int           // files that were as they should be
	Removed   int           // files that the cache no longer has; of hosts that it no longer has, their directories
	Notices   int           // rows without content, of which no file is written
	Refused   []error       // rows whose names are no names of files, at most 100
	RefusedN  int           // how many those were in all
	Unpurged  []string      // sites from which nothing was removed, because their answer lacks something
	Scan      cache.Summary // what the answer lacks
}

// Mirror makes the tree hold what the cache has in the query's Paths and Hosts, and of these sites nothing
// else. Directories of other sites stay as they are. Errors are those of cache.Scan and of the disk; with
// one the Summary is good for what was done until then, and nothing was removed.
func (t *Tree) Mirror(ctx context.Context, sites []cache.Site, q cache.Query) (Summary, error) {
	m := mirror{tree: t, sites: map[string]*siteDir{}}
	t.made = "" // others may have removed directories since the last time
	for _, s := range sites {
		if err := fileName("site", s.Name); err != nil || strings.HasPrefix(s.Name, markerName) {
			return Summary{}, fmt.Errorf("site %q: %w", s.Name, errRefused)
		}
		m.sites[s.Name] = &siteDir{name: s.Name, hosts: map[string]bool{}, kept: map[string]bool{}}
	}
	scanned, err := cache.Scan(ctx, sites, q, cache.WithContent, m.add)
	m.summary.Scan = scanned
	if err == nil {
		err = m.endHost()
	}
	if err == nil {
		err = m.purge(ctx)
	}
	return m.summary, err
}

// mirror is a dump under way.
type mirror struct {
	tree    *Tree
	sites   map[string]*siteDir
	host    string // whose rows come now
	summary Summary
}

// siteDir is the directory of a site.
type siteDir struct {
	name    string
	hosts   map[string]bool // that the cache has
	kept    map[string]bool // files of the present host
	surplus []string        // files of the hosts before that the cache does not have
}

func (m *mirror) add(r cache.Row) error {
	if r.Host != m.host {
		if err := m.endHost(); err != nil {
			return err
		}
		m.host = r.Host
	}
	site := m.sites[r.Site]
	below, err := place(r.Host, r.Path)
	if err != nil {
		m.refuse(r, err)
		return nil
	}
	site.hosts[r.Host] = true
	if r.Notice != "" {
		m.summary.Notices++
		return nil
	}
	name := site.name + "/" + below
	written, err := m.tree.write(name, r.Content, func(name string) bool { return site.kept[name] })
	switch {
	case errors.Is(err, errRefused):
		m.refuse(r, err)
		return nil
	case err != nil:
		return err
	case written:
		m.summary.Written++
	default:
		m.summary.Unchanged++
	}
	site.kept[name] = true
	return nil
}

func (m *mirror) refuse(r cache.Row, err error) {
	m.summary.RefusedN++
	if len(m.summary.Refused) < maxRefusals {
		m.summary.Refused = append(m.summary.Refused, fmt.Errorf("site %q, host %q: %w", r.Site, r.Host, err))
	}
}

// endHost notes what the directories of the host have beyond what was kept.
func (m *mirror) endHost() error {
	for _, site := range m.sites {
		if !site.hosts[m.host] {
			continue
		}
		err := m.tree.files(site.name+"/"+m.host, func(name string) {
			if !site.kept[name] {
				site.surplus = append(site.surplus, name)
			}
		})
		if err != nil {
			return err
		}
		clear(site.kept)
	}
	return nil
}

// files calls each with whatever stands in a directory, at any depth, and is no directory itself; with the
// directory if that is none.
func (t *Tree) files(dir string, each func(name string)) error {
	if info, err := t.root.Lstat(dir); err == nil && !info.IsDir() {
		each(dir)
		return nil
	}
	return fs.WalkDir(t.root.FS(), dir, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case !entry.IsDir():
			each(name)
		}
		return nil
	})
}

// purge removes what is surplus in the sites that answered for all they have.
func (m *mirror) purge(ctx context.Context) error {
	lacking := map[string]bool{}
	for _, missing := range m.summary.Scan.Missing {
		lacking[missing.Site] = true
	}
	for _, d := range m.summary.Scan.Damaged {
		lacking[d.Site] = true
	}
	for _, site := range m.sites {
		if lacking[site.name] || len(site.hosts) == 0 || m.summary.Scan.Truncated {
			m.summary.Unpurged = append(m.summary.Unpurged, site.name)
			continue
		}
		if err := m.purgeSite(ctx, site); err != nil {
			return err
		}
	}
	slices.Sort(m.summary.Unpurged)
	return nil
}

func (m *mirror) purgeSite(ctx context.Context, site *siteDir) error {
	root := m.tree.root
	for _, name := range site.surplus {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		m.summary.Removed++
		for dir := path.Dir(name); dir != site.name && root.Remove(dir) == nil; dir = path.Dir(dir) {
		} // up to the first that is not empty
	}
	entries, err := fs.ReadDir(root.FS(), site.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // every row had a notice
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if site.hosts[entry.Name()] {
			continue
		}
		if err := root.RemoveAll(site.name + "/" + entry.Name()); err != nil {
			return err
		}
		m.summary.Removed++
	}
	return nil
}
