package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/assim-mesh/assim/cache"
)

// A search that takes longer than progressAfter tells how far it is every progressEvery.
const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

// progressLine shows how far a search is on the last line of a terminal. It stands between the answer
// and stdout, which may be the same terminal, and is not shown in the middle of a line.
type progressLine struct {
	progress cache.Progress

	mu        sync.Mutex
	terminal  io.Writer // nil: there is none
	out       io.Writer
	shown     bool
	inMidLine bool
}

func newProgressLine(stderr, stdout io.Writer) *progressLine {
	p := &progressLine{out: stdout}
	if isTerminal(stderr) {
		p.terminal = stderr
	}
	return p
}

// start shows the line from time to time until stop is called, which erases it.
func (p *progressLine) start() (stop func()) {
	if p.terminal == nil {
		return func() {}
	}
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		for timer := time.NewTimer(progressAfter); ; timer.Reset(progressEvery) {
			select {
			case <-done:
				timer.Stop()
				return
			case <-timer.C:
				p.show()
			}
		}
	})
	return func() {
		close(done)
		running.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.erase()
	}
}

// eraseLine returns to the begin of a terminal's line and empties it.
const eraseLine = "\r\x1b[K"

func (p *progressLine) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.inMidLine {
		return
	}
	fmt.Fprint(p.terminal, eraseLine, soFar(&p.progress))
	p.shown = true
}

// soFar says how far a search is. Rows of a site are known when it has begun to answer, so that all rows are
// not the whole while a site is missing.
func soFar(p *cache.Progress) string {
	rows, ofRows := p.Rows()
	sites, ofSites := p.Sites()
	return fmt.Sprintf("%d of %d searched, %d of %d sites", rows, ofRows, sites, ofSites)
}

func (p *progressLine) erase() {
	if p.shown {
		io.WriteString(p.terminal, eraseLine)
		p.shown = false
	}
}

// Write writes to stdout.
func (p *progressLine) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	if len(b) > 0 {
		p.inMidLine = b[len(b)-1] != '\n'
	}
	return p.out.Write(b)
}
