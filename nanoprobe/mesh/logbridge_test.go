package mesh

import (
	"bytes"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLogBridge(t *testing.T) {
	for line, want := range map[string]string{
		"[ERR] memberlist: Failed to decode ping: EOF from=10.0.0.9:1": `level=WARN msg=memberlist says="Failed to decode ping: EOF from=10.0.0.9:1"`,
		"[DEBUG] memberlist: Failed UDP ping: a (timeout reached)":     `level=DEBUG msg=memberlist says="[DEBUG] memberlist: Failed UDP ping: a (timeout reached)"`,
		"[ERR] memberlist: failed to receive: no installed keys could decrypt the message from=10.0.0.9:1": `level=WARN ` +
			`msg="peer refused: it has not the ring's key" peer=10.0.0.9:1`,
	} {
		var out bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		log.New(&logBridge{logger: logger}, "", 0).Print(line)
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s\nis logged as %s\nwant %s", line, out.String(), want)
		}
	}
}

// TestLogBridgeIsBounded: a flood of garbage is ten warnings a minute.
func TestLogBridgeIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		b := &logBridge{logger: slog.New(slog.NewTextHandler(&out, nil))}
		for i := range 1200 {
			fmt.Fprintf(b, "[ERR] memberlist: garbage %d\n", i)
			time.Sleep(100 * time.Millisecond)
		}
		if got := strings.Count(out.String(), "WARN"); got != 2*maxWarnings {
			t.Errorf("%d warnings in 2 minutes, want %d", got, 2*maxWarnings)
		}
	})
}
