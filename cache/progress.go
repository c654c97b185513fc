package cache

import "sync/atomic"

// Progress tells how far a search is, while it runs. Its zero value is ready, for one search; its
// methods may be called at any time.
type Progress struct {
	done, planned atomic.Int64
	read, sites   atomic.Int64
}

// Rows returns how many contents have been searched, and of how many that are known of up to now.
func (p *Progress) Rows() (done, of int) { return int(p.done.Load()), int(p.planned.Load()) }

// Sites returns how many sites have been searched, or given up, and of how many.
func (p *Progress) Sites() (done, of int) { return int(p.read.Load()), int(p.sites.Load()) }

// planRows plans n rows more.
func (p *Progress) planRows(n int) {
	if p != nil {
		p.planned.Add(int64(n))
	}
}

func (p *Progress) rowsDone(n int) {
	if p != nil {
		p.done.Add(int64(n))
	}
}

func (p *Progress) planSites(n int) {
	if p != nil {
		p.sites.Add(int64(n))
	}
}

func (p *Progress) siteDone() {
	if p != nil {
		p.read.Add(1)
	}
}
