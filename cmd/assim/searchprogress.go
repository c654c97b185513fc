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
	rows, ofRows := p.progress.Rows()
	sites, ofSites := p.progress.Sites()
	fmt.Fprintf(p.terminal, "%s%d of %d searched, %d of %d sites", eraseLine, rows, ofRows, sites, ofSites)
	p.shown = true
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
