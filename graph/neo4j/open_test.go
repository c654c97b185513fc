package neo4j

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestOpenSaysWhatAnswers(t *testing.T) {
	refusing := listen(t)
	refusing.Close()
	silent := listen(t)                                   // the kernel accepts, nobody reads
	patient := httptest.NewServer(http.NotFoundHandler()) // waits for the end of a line
	defer patient.Close()
	web := listen(t)
	go serve(web, func(c net.Conn) { io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") })
	prompting := listen(t)
	go serve(prompting, func(c net.Conn) { io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n") })
	closing := listen(t)
	go serve(closing, func(net.Conn) {})
	old := listen(t)
	go serve(old, oldServer)
	for _, test := range []struct {
		name, addr string
		want       error
		says       string
	}{
		{"refuses", refusing.Addr().String(), ErrUnreachable, "connection refused"},
		{"hangs", silent.Addr().String(), ErrUnreachable, "no answer in time"},
		{"no such name", "no-such-host.invalid:7687", ErrUnreachable, "no-such-host.invalid"},
		{"web server", web.Addr().String(), ErrProtocol, "HTTP"},
		{"web server that waits", patient.Listener.Addr().String(), ErrUnreachable, "no answer in time"},
		{"ssh server", prompting.Addr().String(), ErrProtocol, "unsupported version"},
		{"hangs up", closing.Addr().String(), ErrUnreachable, ""},
		{"Neo4j 4", old.Addr().String(), ErrVersion, "Neo4j/4.4.30"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := Config{URI: "bolt://" + test.addr, OpenTimeout: time.Second, Logger: slog.New(slog.DiscardHandler)}
			_, err := Open(t.Context(), cfg)
			checkError(t, err, test.want, test.addr, test.says)
		})
	}
}

// serve answers every connection and closes it when the other side does or answer returns.
func serve(l net.Listener, answer func(net.Conn)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			answer(c)
		}()
	}
}

// oldServer speaks Bolt 4.4 as far as a client needs to learn who it is: it says so in the handshake
// and in the answer to HELLO, and finds everything after that well.
func oldServer(c net.Conn) {
	success := func(body string) { io.WriteString(c, "\x00"+string(rune(2+len(body)))+"\xb1\x70"+body+"\x00\x00") }
	buf := make([]byte, 4096)
	if _, err := io.ReadFull(c, buf[:20]); err != nil {
		return
	}
	io.WriteString(c, "\x00\x00\x04\x04")
	if _, err := c.Read(buf); err != nil {
		return
	}
	success("\xa2\x86server\x8cNeo4j/4.4.30\x8dconnection_id\x81x")
	for {
		if _, err := c.Read(buf); err != nil {
			return
		}
		success("\xa0")
	}
}

func TestOpenSaysWhatIsRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Config)
		want   error
		says   string
	}{
		{"password", func(c *Config) { c.Password = "wrong" }, ErrDenied, "authentication"},
		{"user", func(c *Config) { c.Username = "nobody" }, ErrDenied, "authentication"},
		{"no user", func(c *Config) { c.Username, c.Password = "", "" }, ErrDenied, ""},
		{"database", func(c *Config) { c.Database = "nosuch" }, ErrDatabase, "nosuch"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := config(t)
			test.change(&cfg)
			_, err := Open(t.Context(), cfg)
			checkError(t, err, test.want, server(t).Addr(), test.says)
		})
	}
}

func TestOpenRefusesOtherFormat(t *testing.T) {
	s := openEmpty(t)
	overwrite(t, "MATCH (s:"+ownQuoted+") SET s.format = 1")
	_, err := Open(t.Context(), config(t))
	checkError(t, err, ErrFormat, s.addr, "1, not 2")
}

// checkError checks that an error is one sentence that names cause and address.
func checkError(t *testing.T, err, want error, addr, says string) {
	t.Helper()
	if !errors.Is(err, want) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), addr) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v\nwant %q of %s with %q", err, want, addr, says)
	}
}

func TestConfigRefused(t *testing.T) {
	good := Config{URI: "bolt://127.0.0.1:1", Logger: slog.New(slog.DiscardHandler)}
	for name, change := range map[string]func(*Config){
		"the URI is not like bolt://host:port": func(c *Config) { c.URI = "127.0.0.1:7687" },
		"the URI holds a user":                 func(c *Config) { c.URI = "bolt://neo4j:geheim@127.0.0.1:1" },
		"scheme":                               func(c *Config) { c.URI = "http://127.0.0.1:1" },
		"no logger":                            func(c *Config) { c.Logger = nil },
		"a limit is negative":                  func(c *Config) { c.RetryTime = -1 },
		"a query's rows are -1":                func(c *Config) { c.Limits.Rows = -1 },
	} {
		cfg := good
		change(&cfg)
		_, err := Open(t.Context(), cfg)
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%+v: got %v, want an error with %q", cfg, err, name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, good); !errors.Is(err, context.Canceled) {
		t.Errorf("after its context ended: %v, want %v", err, context.Canceled)
	}
}
