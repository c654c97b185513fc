package mesh

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// maxWarnings bounds what a minute of garbage from strangers can make of an operator's log; what is
// more goes to level debug.
const maxWarnings = 10

// logBridge takes memberlist's log lines, "[ERR] memberlist: text", to slog: errors as warnings, all
// else, which no operator can act on, at level debug.
type logBridge struct {
	logger *slog.Logger

	mu       sync.Mutex
	minute   time.Time // when the current minute began
	warnings int       // in it
}

// saysWrongKey reports whether memberlist's text is of a peer whose packets or streams it can't
// decrypt. It has no error value for that.
func saysWrongKey(text string) bool {
	return strings.Contains(strings.ToLower(text), "no installed keys could decrypt")
}

// Write takes one line.
func (b *logBridge) Write(line []byte) (int, error) {
	level, text := slog.LevelDebug, strings.TrimSpace(string(line))
	if rest, ok := strings.CutPrefix(text, "[ERR] "); ok && b.mayWarn(time.Now()) {
		level, text = slog.LevelWarn, rest
	}
	text = strings.TrimPrefix(text, "memberlist: ")
	if saysWrongKey(text) {
		_, peer, _ := strings.Cut(text, "from=")
		b.logger.Log(context.Background(), level, "peer refused: it has not the ring's key", "peer", peer)
	} else {
		b.logger.Log(context.Background(), level, "memberlist", "says", text)
	}
	return len(line), nil
}

func (b *logBridge) mayWarn(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.minute) >= time.Minute {
		b.minute, b.warnings = now, 0
	}
	b.warnings++
	return b.warnings <= maxWarnings
}
