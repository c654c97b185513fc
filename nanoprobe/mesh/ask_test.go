package mesh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// TestAsk: all members answer, the asker among them; who can't is named as missing.
func TestAsk(t *testing.T) {
	inFleet(t, 0, func(f *fleet) {
		for i := range 8 {
			cfg := f.config(i, 1)
			cfg.Answer = func(_ context.Context, from ring.HostID, request []byte) ([]byte, error) {
				if i == 2 {
					return nil, errors.New("not today")
				}
				return fmt.Appendf(nil, "%s from %s to %d", request, from, i), nil
			}
			if i == 3 {
				cfg.Answer = nil
			}
			f.run(i, cfg)
		}
		f.settle(15 * time.Second)
		f.kill(f.hosts[4]) // not found dead yet
		base := f.hosts[0].Rings()[0].Ring
		for _, after := range []time.Duration{0, 20 * time.Second} {
			time.Sleep(after)
			answers, missing, err := f.hosts[0].Ask(f.t.Context(), base, []byte("hello"))
			if want := []ring.HostID{"id-2", "id-3", "id-4"}; err != nil || !slices.Equal(missing, want) {
				t.Errorf("missing %v, %v; want %v", missing, err, want)
			}
			want := map[ring.HostID][]byte{}
			for _, i := range []int{0, 1, 5, 6, 7} {
				want[ring.HostID(fmt.Sprint("id-", i))] = fmt.Appendf(nil, "hello from id-0 to %d", i)
			}
			if !reflect.DeepEqual(answers, want) {
				t.Errorf("answers %s, want %s", answers, want)
			}
		}
		if _, _, err := f.hosts[0].Ask(f.t.Context(), backbone.Ring{Level: 5, Generation: 1}, nil); !errors.Is(err, ErrNoRing) {
			t.Errorf("in a ring that it is not in: %v", err)
		}
		if _, _, err := f.hosts[0].Ask(f.t.Context(), base, make([]byte, MaxRequest+1)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("too large a request: %v", err)
		}
		ctx, cancel := context.WithCancel(f.t.Context())
		cancel()
		if answers, missing, err := f.hosts[0].Ask(ctx, base, nil); !errors.Is(err, context.Canceled) || len(answers)+len(missing) != 8 {
			t.Errorf("given up: %v and %v, %v", answers, missing, err)
		}
	})
}

// TestAskIsSigned: a request that is another's, for another or comes again is refused.
func TestAskIsSigned(t *testing.T) {
	inFleet(t, 4, func(f *fleet) {
		h := f.hosts[1]
		h.cfg.Answer = func(context.Context, ring.HostID, []byte) ([]byte, error) { return []byte("yes"), nil }
		good := ask{ring: h.Rings()[0].Label, from: "id-2", to: "id-1", boot: 1, serial: 7, request: []byte("x")}
		for want, spoil := range map[error]func(*ask){
			nil:               func(*ask) {},
			ring.ErrReplay:    func(*ask) {},
			ring.ErrSignature: func(a *ask) { a.from = "id-3" },
			ring.ErrStranger:  func(a *ask) { a.boot = 2 },
			errNotForUs:       func(a *ask) { a.to = "id-0" },
			ErrNoRing:         func(a *ask) { a.ring = "assim/2/1/3-a/9" },
			errCall:           func(a *ask) { a.ring = "dc1" },
		} {
			a := good
			if want != ring.ErrReplay {
				a.serial = 100
			}
			spoil(&a)
			if want == ring.ErrReplay {
				h.answer(f.t.Context(), append([]byte{callVersion, byte(callAsk)}, a.sign(hostKey("host2"))...))
			}
			_, err := h.answer(f.t.Context(), append([]byte{callVersion, byte(callAsk)}, a.sign(hostKey("host2"))...))
			if !errors.Is(err, want) {
				t.Errorf("%+v: %v, want %v", a, err, want)
			}
		}
	})
}

// TestServeGarbage: what is no request is refused and counted.
func TestServeGarbage(t *testing.T) {
	inFleet(t, 2, func(f *fleet) {
		h := f.hosts[0]
		for _, request := range [][]byte{nil, {1}, {2, 1}, {1, 0}, {1, 9, 1}, {1, 1}, {1, 1, 1, 2}, {1, 2, 'x'}, {1, 4}, {1, 4, 1}} {
			if answer, err := h.serve(f.t.Context(), f.hosts[1].addr, request); err == nil {
				t.Errorf("%q: answered %q", request, answer)
			}
		}
		s := h.Stats()
		if s.Refused["call"] != 10 || s.Calls.Denied != 10 {
			t.Errorf("refused %v, calls %+v, want 10", s.Refused, s.Calls)
		}
		if id, err := f.hosts[1].call(f.t.Context(), h.addr, callWho, nil); string(id) != "id-0" || err != nil {
			t.Errorf("who: %q, %v", id, err)
		}
	})
}

func FuzzAsk(f *testing.F) {
	key := hostKey("a")
	good := ask{ring: "assim/2/0/32-66a9ee1b/1", from: "a", to: "b", boot: 1, serial: 2, request: []byte("x")}
	f.Add(good.sign(key))
	f.Add(ask{}.sign(key))
	f.Add([]byte{255})
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseAsk(b)
		if err != nil {
			if !errors.Is(err, errCall) {
				t.Errorf("%q: %v", b, err)
			}
			return
		}
		again := a.sign(key)
		if len(again) != len(b) || !bytes.Equal(again[:len(b)-64], b[:len(b)-64]) || !a.signedBy(publicKey("a"), again) {
			t.Errorf("%q is %+v, which is written %q", b, a, again)
		}
	})
}
