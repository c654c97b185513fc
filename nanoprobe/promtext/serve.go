package promtext

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	// scrapeTimeout bounds a request and its answer, which takes a millisecond and some 20 KB.
	scrapeTimeout  = 10 * time.Second
	maxHeaderBytes = 8 << 10
)

// Serve answers GET /metrics with what collect returns, and GET /healthz, until ctx is done, and closes the
// listener. It asks nobody who they are: metrics name neighbours, agents and servers, and hold no secret.
func Serve(ctx context.Context, listener net.Listener, collect func() []Family, logger *slog.Logger) error {
	server := &http.Server{
		Handler: handler(collect), ReadTimeout: scrapeTimeout, WriteTimeout: scrapeTimeout, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: maxHeaderBytes,
		ErrorLog:       slog.NewLogLogger(logger.Handler(), slog.LevelDebug), // a port scan is no news
	}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	err := server.Serve(listener)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("metrics: %w", err)
}

func handler(collect func() []Family) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", ContentType)
		w.Write(Append(nil, collect()...)) // nobody is told if the reader has gone
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "ok\n")
	})
	return mux
}
