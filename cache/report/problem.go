package report

import "fmt"

// maxProblems bounds how many problems are named.
const maxProblems = 100

// Problem is a place in what a host has that can't be read as it should be.
type Problem struct {
	Site string `json:"site"`
	Host string `json:"host"`
	Path string `json:"path"`
	Line int    `json:"line,omitempty"` // from 1; 0: all of it
	What string `json:"what"`
}

func (p Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("site %q, host %q, %s: %s", p.Site, p.Host, p.Path, p.What)
	}
	return fmt.Sprintf("site %q, host %q, %s, line %d: %s", p.Site, p.Host, p.Path, p.Line, p.What)
}

// Problems are those of a report.
type Problems struct {
	Count int       `json:"count"`
	First []Problem `json:"first,omitempty"` // at most 100
}

func (p *Problems) add(h *Host, path string, line int, format string, args ...any) {
	p.Count++
	if len(p.First) < maxProblems {
		p.First = append(p.First, Problem{Site: h.Site, Host: h.Host, Path: path, Line: line, What: fmt.Sprintf(format, args...)})
	}
}

// addBad takes the bad lines of a file.
func (p *Problems) addBad(h *Host, path string, bad []badLine) {
	for _, b := range bad {
		p.add(h, path, b.line, "%s", b.what)
	}
}

// content returns what the host has at path, and reports false where that can't be had. Why not is a
// problem if there is something at the path.
func (p *Problems) content(h *Host, path string) (string, bool) {
	if notice := h.Notices[path]; notice != "" {
		p.add(h, path, 0, "no content: %s", notice)
	}
	content, ok := h.Files[path]
	return string(content), ok
}

// badLine is a line of a file that is not what it should be.
type badLine struct {
	line int // from 1
	what string
}

// excerpt is the beginning of text, for a message.
func excerpt(text string) string {
	const enough = 60
	if len(text) > enough {
		return fmt.Sprintf("%q...", text[:enough])
	}
	return fmt.Sprintf("%q", text)
}
