package mesh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// callVersion begins each request from host to host:
//
//	byte 0    version, 1
//	byte 1    kind: 1 query, 2 list, 3 who, 4 ask
//	query     a query of package backbone; answered by its answer
//	list      label of a ring; answered by its list, of package backbone
//	who       nothing; answered by the host id
//	ask       see appendAsk; answered by whatever Config.Answer says
//
// Whoever has the ring's key may ask the first three, which change nothing.
const callVersion = 1

type callKind byte

const (
	callQuery callKind = 1
	callList  callKind = 2
	callWho   callKind = 3
	callAsk   callKind = 4
)

// queryTime bounds a query or a list: the backbone's machine waits for an answer. probeTime likewise
// bounds a probe.
const (
	queryTime = 3 * time.Second
	probeTime = 2 * time.Second
)

// errCall refuses what is no request.
var errCall = errors.New("not a request to a nanoprobe")

// Calls counts requests between hosts, since New.
type Calls struct {
	Made   uint64 `json:"made"`
	Failed uint64 `json:"failed"` // of these, those that got no answer
	Served uint64 `json:"served"`
	Denied uint64 `json:"denied"` // of these, those that were answered with an error
}

// call has the host at to answer a request.
func (m *Mesh) call(ctx context.Context, to netip.AddrPort, kind callKind, body []byte) ([]byte, error) {
	answer, err := m.wire.Call(ctx, to, append([]byte{callVersion, byte(kind)}, body...))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls.Made++
	if err != nil {
		m.calls.Failed++
	}
	return answer, err
}

// serve answers another host's request.
func (m *Mesh) serve(ctx context.Context, from netip.AddrPort, request []byte) ([]byte, error) {
	answer, err := m.answer(ctx, request)
	m.mu.Lock()
	m.calls.Served++
	if err != nil {
		m.calls.Denied++
	}
	m.mu.Unlock()
	if err != nil {
		m.refused.count(err)
		m.cfg.Logger.Debug("request refused", "from", from, "err", err)
	}
	return answer, err
}

func (m *Mesh) answer(ctx context.Context, request []byte) ([]byte, error) {
	if len(request) < 2 || request[0] != callVersion {
		return nil, fmt.Errorf("%w: %d bytes", errCall, len(request))
	}
	body := request[2:]
	switch kind := callKind(request[1]); kind {
	case callQuery:
		q, err := backbone.ParseQuery(body)
		if err != nil {
			return nil, err
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		return backbone.AppendAnswer(nil, m.machine.Answer(q)), nil
	case callList:
		return m.list(string(body))
	case callWho:
		return []byte(m.cfg.HostID), nil
	case callAsk:
		return m.answerAsk(ctx, body)
	default:
		return nil, fmt.Errorf("%w: kind %d", errCall, kind)
	}
}

// list answers with the members of a ring that this host is in.
func (m *Mesh) list(label string) ([]byte, error) {
	r, err := backbone.ParseLabel(label)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errCall, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l, known := m.machine.List(r)
	if !known {
		return nil, fmt.Errorf("ring %s: %w", label, ErrNoRing)
	}
	return backbone.AppendList(nil, l), nil
}

// query asks another host for the way. Where none answers, the answer is zero.
func (m *Mesh) query(ctx context.Context, a backbone.Ask) backbone.Answer {
	ctx, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	b, err := m.call(ctx, a.To, callQuery, backbone.AppendQuery(nil, a.Query))
	m.seeds.note(a.To, err)
	if err != nil {
		return backbone.Answer{}
	}
	answer, err := backbone.ParseAnswer(b)
	if err != nil {
		m.refused.count(err)
	}
	return answer
}

// pull asks a member of another ring who is in that, and tells the backbone's machine if it says so.
func (m *Mesh) pull(ctx context.Context, p backbone.Pull) {
	ctx, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	b, err := m.call(ctx, p.From, callList, []byte(p.Ring.Label()))
	if err != nil {
		m.cfg.Logger.Debug("list not had", "ring", p.Ring.Label(), "err", err)
		return
	}
	l, err := backbone.ParseList(b)
	if err != nil {
		m.refused.count(err)
		return
	}
	m.result(ctx, backbone.Pulled{Ring: p.Ring, List: l})
}

// probe reports whether one of some hosts answers. They need not be in a ring of this host's.
func (m *Mesh) probe(ctx context.Context, p backbone.Probe) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	answered := make(chan bool, len(p.Members))
	for _, o := range p.Members {
		m.work.Go(func() { answered <- m.alive(ctx, o) })
	}
	for range p.Members {
		if <-answered {
			return true
		}
	}
	return false
}

// alive reports whether a host answers at its address, and not another that has it now.
func (m *Mesh) alive(ctx context.Context, o ring.Member) bool {
	addr, err := netip.ParseAddrPort(o.Addr)
	if err != nil {
		return false
	}
	id, err := m.call(ctx, addr, callWho, nil)
	return err == nil && bytes.Equal(id, []byte(o.ID))
}
