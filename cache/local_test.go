package cache

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
)

func TestGuard(t *testing.T) {
	big := "999999999"
	tests := []struct {
		name, input string
		refused     string
	}{
		{"a command", "*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n", ""},
		{"two commands", "*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n", ""},
		{"large commands", strings.Repeat("*1\r\n$9000000\r\n"+strings.Repeat("x", 9_000_000)+"\r\n", 2), ""},
		{"empty argument", "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", ""},
		{"frames within arguments", "*1\r\n$9\r\n*0\r\n$-1\r\n\r\n", ""},
		{"a part", "*2\r\n$4\r\nEC", ""},
		{"no arguments", "*0\r\n", "0 arguments"},
		{"a negative number of them", "*-1\r\n", `'-'`},
		{"no number", "*\r\n", `'\r'`},
		{"too many", "*1025\r\n", "1025 arguments"},
		{"far too many", "*9999999999\r\n", `'9'`},
		{"argument too large", "*1\r\n$" + big + "\r\n", big + " bytes"},
		{"arguments too large together", "*2\r\n$16777216\r\n" + strings.Repeat("x", 1<<24) + "\r\n$65537\r\n", "16842753 bytes"},
		{"no length", "*1\r\n$-1\r\n", `'-'`},
		{"inline", "PING\r\n", `'P'`},
		{"HTTP", "GET / HTTP/1.1\r\n", `'G'`},
	}
	for _, tt := range tests {
		for _, chunk := range []int{1, 7, len(tt.input)} {
			if chunk == 1 && len(tt.input) > 1<<20 {
				continue
			}
			var g commandGuard
			var err error
			for rest := tt.input; len(rest) > 0 && err == nil; rest = rest[min(chunk, len(rest)):] {
				err = g.check([]byte(rest[:min(chunk, len(rest))]))
			}
			if (err == nil) != (tt.refused == "") || err != nil && (!errors.Is(err, errProtocol) || !strings.Contains(err.Error(), tt.refused)) {
				t.Errorf("%s, %d bytes at a time: %v, want %q", tt.name, chunk, err, tt.refused)
			}
		}
	}
}

// FuzzGuard has the guard's bounds hold whatever comes, cut anywhere.
func FuzzGuard(f *testing.F) {
	f.Add("*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n", 3)
	f.Add("*1\r\n$9\r\n*0\r\n$-1\r\n\r\n*0\r\n", 1)
	f.Fuzz(func(t *testing.T, input string, cut int) {
		cut = min(max(cut, 0), len(input))
		var whole, parts commandGuard
		errWhole := whole.check([]byte(input))
		errParts := parts.check([]byte(input[:cut]))
		if errParts == nil {
			errParts = parts.check([]byte(input[cut:]))
		}
		if (errWhole == nil) != (errParts == nil) || errWhole == nil && whole != parts {
			t.Errorf("%q: %v %+v, cut at %d: %v %+v", input, errWhole, whole, cut, errParts, parts)
		}
		if errWhole == nil && (whole.total > maxCommandBytes || whole.args > maxCommandArgs || whole.body > whole.total+2) {
			t.Errorf("%q: %+v", input, whole)
		}
	})
}

// TestLocalServerAttacked sends what ends or hangs the server behind the guard.
func TestLocalServerAttacked(t *testing.T) {
	s := startLocal(t)
	for _, attack := range []string{"*0\r\n", "*-1\r\n", "*1\r\n$999999999\r\n", "\x16\x03\x01", strings.Repeat("*", 1<<16)} {
		conn, err := net.Dial("tcp", s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		io.WriteString(conn, attack)
		_, err = conn.Read(make([]byte, 1))
		var timeout net.Error
		if err == nil || errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("%.20q: %v, want the connection closed", attack, err)
		}
		conn.Close()
	}
	c := Dial(s, Config{})
	defer c.Close()
	if err := c.Check(t.Context()); err != nil {
		t.Errorf("after the attacks: %v", err)
	}
}

func TestLocalServerFull(t *testing.T) {
	s := startLocal(t)
	for i := range maxLocalConns + 2 { // one more may be there, which the server began with
		conn, err := net.Dial("tcp", s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		switch i {
		case maxLocalConns - 3:
			c := Dial(s, Config{})
			defer c.Close()
			if err := c.Check(t.Context()); err != nil {
				t.Errorf("almost full: %v", err)
			}
		case maxLocalConns + 1:
			conn.SetDeadline(time.Now().Add(10 * time.Second))
			if _, err := conn.Read(make([]byte, 1)); err != io.EOF && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("a connection too many: %v, want it closed", err)
			}
		}
	}
}

func TestLocalServerExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &LocalServer{redis: miniredis.NewMiniRedis()}
		go s.expire(t.Context())
		s.redis.Set("row", "x")
		s.redis.SetTTL("row", time.Hour)
		time.Sleep(time.Hour - time.Second)
		synctest.Wait()
		if !s.redis.Exists("row") {
			t.Error("the key went before its time")
		}
		time.Sleep(time.Second + expiryTick)
		synctest.Wait()
		if s.redis.Exists("row") {
			t.Error("the key is still there")
		}
	})
}

func TestExpiredRow(t *testing.T) {
	local, err := NewLocalServer("127.0.0.1:0", testPassword)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- local.Run(t.Context()) }()
	t.Cleanup(func() {
		local.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	f := newFixture(t, Server{Addr: local.Addr(), Password: testPassword})
	f.mustPut(t, snap("h", "/f", "x"), snap("h", "/g", "x"))
	local.redis.FastForward(defaultKeepFor - time.Minute)
	f.mustPut(t, snap("h", "/g", "x")) // unchanged: renewed
	local.redis.FastForward(2 * time.Minute)
	if hits, _ := grep(t, []Site{f.site}, Query{}); len(hits) != 1 || hits[0] != "h:/g:1:x" {
		t.Errorf("after 7 days: %q, want what was renewed", hits)
	}
	if n, err := f.Prune(t.Context()); err != nil || n != 1 {
		t.Errorf("pruned %d, %v, want 1, nil", n, err)
	}
}

func TestLocalServerRefused(t *testing.T) {
	if _, err := NewLocalServer("127.0.0.1:0", ""); err == nil {
		t.Error("no password: no error")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if _, err := NewLocalServer(listener.Addr().String(), "x"); err == nil || !strings.Contains(err.Error(), listener.Addr().String()) {
		t.Errorf("an address in use: %v, want it named", err)
	}
}
