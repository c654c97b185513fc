package ring

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// player plays a script to the machine of a in a ring of a, b and c, all of which watch each other.
//
//	.  a heartbeat passes in which c answers and b does not      -  nobody answers
//	b  b answers its ping        r  b's port refuses             o  b's port accepts
//	n  c says: I can't reach b   y  c says: I can reach b        N  as n, of an older question
//	v  c says: b is dead         s  b says: I shut down          m  memberlist dropped b
//	j  b is back with its next boot   e  b is back with its next epoch
//	q  b asks about c            w  c asks about b               M  b says: I moved
//	h  five minutes pass in which both answer, H in which c does E  a refuted its death in another ring
//	l  memberlist lists b as it was before                       z  a was held up for 30 s
//	V  c says: a is dead         S  c holds b to be dead, in an exchange of all state       A  and a
type player struct {
	m   *Machine
	b   Member
	ask uint32 // number of the newest question about b
	got []string
}

func (p *player) play(t *testing.T, what rune) {
	t.Helper()
	c := func(msg Message) Input {
		msg.From, msg.Boot = "c", p.b.Boot
		return Received{msg}
	}
	var in Input
	switch what {
	case '.', '-':
		p.beat(t, what == '.')
		return
	case 'h', 'H':
		for range 300 {
			if what == 'h' {
				p.play(t, 'b')
			}
			p.play(t, '.')
		}
		return
	case 'z':
		p.m.Tick(120)
	case 'b':
		in = Pong{To: "b", Reached: true, RTT: 2 * time.Millisecond}
	case 'r':
		in = Dialled{To: "b", Number: p.ask, Outcome: Refused}
	case 'o':
		in = Dialled{To: "b", Number: p.ask, Outcome: Accepted}
	case 'n', 'y':
		in = c(Message{Kind: Answer, Subject: "b", Number: p.ask, Reached: what == 'y'})
	case 'N':
		in = c(Message{Kind: Answer, Subject: "b", Number: p.ask - 1})
	case 'v':
		in = c(Message{Kind: Verdict, Subject: "b", Epoch: p.b.Epoch, State: HostDead})
	case 'S':
		in = Synced{[]Message{{Kind: Verdict, From: "c", Subject: "b", Boot: p.b.Boot, Epoch: p.b.Epoch, State: HostDead}}}
	case 'A':
		in = Synced{[]Message{{Kind: Verdict, From: "c", Subject: "a", Boot: 1, State: HostDead}}}
	case 'q':
		in = Received{Message{Kind: Ask, From: "b", Subject: "c", Number: 1}}
	case 'w':
		in = c(Message{Kind: Ask, Subject: "b", Number: 1})
	case 'M':
		in = Received{Message{Kind: Verdict, From: "b", Subject: "b", Boot: p.b.Boot, Epoch: p.b.Epoch, State: Moved}}
	case 'E':
		in = Raised{5}
	case 'l':
		in = Joined{p.b}
	case 'V':
		in = c(Message{Kind: Verdict, Subject: "a", State: HostDead})
	case 's':
		in = Received{Message{Kind: Verdict, From: "b", Subject: "b", Boot: p.b.Boot, Epoch: p.b.Epoch, State: ShutDown}}
	case 'm':
		in = Lost{"b"}
	case 'j':
		p.b.Boot, p.b.Epoch = p.b.Boot+1, 0
		in = Joined{p.b}
	case 'e':
		p.b.Epoch++
		in = Joined{p.b}
	default:
		t.Fatalf("the script has a %q", what)
	}
	if in != nil {
		p.step(t, in)
	}
	p.take()
}

// beat lets a heartbeat pass.
func (p *player) beat(t *testing.T, answered bool) {
	t.Helper()
	if answered {
		p.step(t, Pong{To: "c", Reached: true, RTT: time.Millisecond})
	}
	for range p.m.profile.BeatTicks {
		p.m.Tick(1)
		p.take()
	}
}

func (p *player) step(t *testing.T, in Input) {
	t.Helper()
	if err := p.m.Step(in); err != nil {
		t.Fatalf("%+v: %v", in, err)
	}
}

// take notes what the machine wants: events, and who is told a verdict.
func (p *player) take() {
	r := p.m.Ready()
	for _, e := range r.Events {
		said := string(e.Kind)
		if e.Kind == Dead {
			said += fmt.Sprintf(" (%s) seconded by %d", e.State, len(e.SecondedBy))
		}
		if e.Kind == Flapping || e.Kind == Settled {
			said += fmt.Sprintf(" %d", e.Returns)
		}
		p.got = append(p.got, said)
	}
	for _, s := range r.Send {
		if s.Message.Kind == Ask && s.Message.Subject == "b" {
			p.ask = s.Message.Number
		}
		if s.Message.Kind == Verdict && s.To.ID == s.Message.Subject {
			p.got = append(p.got, "tells "+string(s.To.ID))
		}
	}
	if r.Announce {
		p.got = append(p.got, fmt.Sprintf("epoch %d", p.m.Self().Epoch))
	}
	if r.SyncWith.ID != "" {
		p.got = append(p.got, "syncs")
	}
}

func TestScripts(t *testing.T) {
	const hostDead = "dead (host dead) seconded by 1"
	const flap = "......n.e"
	flapping := slices.Repeat([]string{hostDead, "tells b", "alive"}, 3)
	flapping = append(flapping, "flapping 3")
	const settledIn = "b....b....b....b" // a is no newcomer any more
	then := func(more ...string) []string { return slices.Concat(flapping, more) }
	tests := []struct {
		name   string
		script string
		want   []string
	}{
		{"patient", ".....", nil},
		{"a heartbeat starts the count anew", ".....b.....b.....", nil},
		{"host dead", "......n.", []string{hostDead, "tells b"}},
		{"dead once, not again", "......n.......", []string{hostDead, "tells b"}},
		{"nanoprobe down", "......rn.", []string{"dead (nanoprobe down) seconded by 1", "tells b"}},
		{"nanoprobe stopped, its host accepts", "......on.", []string{"dead (nanoprobe down) seconded by 1", "tells b"}},
		{"not dead without a second witness", "........", nil},
		{"not dead before the last round", "......n", nil},
		{"an older answer counts for nothing", "......N.", nil},
		{"cleared", "......nb.....", nil},
		{"link trouble, told once", "......y.............y.......", []string{"link"}},
		{"one yes outweighs a no", "......ny.", []string{"link"}},
		{"in whatever order", "......yn.", []string{"link"}},
		{"link mended", "......y..b", []string{"link", "link up"}},
		{"dead after link trouble", "......y............n...", []string{"link", hostDead, "tells b"}},
		{"isolated, told once", "------------------------", []string{"isolated"}},
		{"isolated and back", "--------b", []string{"isolated", "rejoined", "syncs"}},
		{"back once", "--------bb", []string{"isolated", "rejoined", "syncs"}},
		{"an answer ends isolation", "--------------n", []string{"isolated", "rejoined", "syncs"}},
		{"second witness", "...v", []string{hostDead}},
		{"heard just now, so b must refute", "...b..v", []string{"tells b"}},
		{"heard too long ago", "...b...v", []string{hostDead}},
		{"shut down is not dead", "..s..........", []string{"shutdown"}},
		{"shut down after a suspicion", "......s....", []string{"shutdown"}},
		{"back up with a new boot", "......n.j", []string{hostDead, "tells b", "alive"}},
		{"back up after a refutation", "......n.e", []string{hostDead, "tells b", "alive"}},
		{"back up and dead again", "......n.j......n.", []string{hostDead, "tells b", "alive", hostDead, "tells b"}},
		{"back after a shutdown", "..s..j", []string{"shutdown", "alive"}},
		{"restarted before anyone noticed", settledIn + "..b.j.....", []string{"restarted"}},
		{"a newcomer's word of a boot was out of date", "..b.j.....", nil},
		{"a restart clears a suspicion", settledIn + "......nj.", []string{"restarted"}},
		{"stalled watcher forgives", ".....z.....", []string{"syncs"}},
		{"stalled in a confirmation", "......nz.", []string{"syncs"}},
		{"memberlist's word is a reason to look", "...m.n.", []string{hostDead, "tells b"}},
		{"memberlist's word on one just heard", "..bm.n..", nil},
		{"dead, yet memberlist lists it: it must refute", "......n.l", []string{hostDead, "tells b", "tells b"}},
		{"dead, yet it asks: it must refute", "......n.q", []string{hostDead, "tells b", "tells b"}},
		{"an exchange of state takes nobody off the circle", "S......n.", []string{"tells b", hostDead, "tells b"}},
		{"an exchange of state after the refutation", "eS", []string{"tells b"}},
		{"refutes what an exchange of state says", "A", []string{"epoch 1"}},
		{"refutes its own death", "V", []string{"epoch 1"}},
		{"refutes once", "VV", []string{"epoch 1"}},
		{"refuted in another ring", "EE", []string{"epoch 5"}},
		{"refuted higher in another ring", "EV", []string{"epoch 5"}},
		{"moved is no event, nor is its return", "..M.........e", nil},
		{"moved, yet memberlist lists it: it must come anew", "..M.l", []string{"tells b"}},
		{"yields to who asks first", ".....w...", nil},
		{"yields, and confirms after all", ".....w....n.", []string{hostDead, "tells b"}},
		{"yields once", ".....w..w..n.", []string{hostDead, "tells b"}},
		{"does not yield to a lower one's question", "......wn.", []string{hostDead, "tells b"}},
		{"a suspect that asks lives", "......nq.", []string{"link"}},
		{"twice is not flapping", flap + flap, flapping[:6]},
		{"flapping", flap + flap + flap, flapping},
		{"restarts are flapping too", settledIn + ".bj.bj.bj.bj", []string{"restarted", "restarted", "restarted", "flapping 3"}},
		{"not so in more than ten minutes", flap + "hh" + flap + flap, flapping[:9]},
		{"held down", flap + flap + flap + flap + flap, then("tells b", "tells b")},
		{"settled", flap + flap + flap + "h", then("settled 3", "alive")},
		{"settled in time", flap + flap + flap + "h......n.", then("settled 3", "alive", hostDead, "tells b")},
		{"not settled while it goes on", flap + flap + flap + flap + "hh", then("tells b")},
		{"settled after twice the time", flap + flap + flap + flap + "hhh", then("tells b", "settled 4", "alive")},
		{"settled as dead", flap + flap + flap + "......n.HHH", then("tells b", "settled 3", "dead (host dead) seconded by 0")},
		{"a shutdown is told nevertheless", flap + flap + flap + "s", then("shutdown")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := player{m: newMachine(t, "a", "b", "c"), b: member("b")}
			for _, what := range tt.script {
				p.play(t, what)
			}
			if !slices.Equal(p.got, tt.want) {
				t.Errorf("after %q:\n got %q\nwant %q", tt.script, p.got, tt.want)
			}
		})
	}
}
