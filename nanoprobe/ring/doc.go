// Package ring decides when a silent neighbour is dead.
//
// The members of a ring lie on a circle in the order of the hashes of their host ids. Each watches its
// neighbours, one on either side, or two in a small ring, and is watched by the same, so the work of a
// host does not grow with the ring.
//
//	             silent for DeadBeats             I can't reach it, another says it can't,
//	          ┌───────────────────────▶ suspect ──────────────────────────────────────────▶ dead
//	          │                            │         and nobody says it can
//	present ──┤◀── it answers ─────────────┤
//	    ▲     │◀── another can reach it ───┤  link: trouble between the two of us
//	    │     │◀── nobody answers me ──────┘  isolated: I declare nothing
//	    │     │
//	    │     └── it says so itself ──▶ shut down
//	    └──── it returns with a higher boot, or refutes its death with a higher epoch
//
// A suspect is pinged in three rounds, other members are asked in each whether they can reach it, and
// its TCP port is dialled meanwhile: refused at once means that the nanoprobe is down and the host
// lives. Where there is no third member to ask, a death rests on the watcher alone, and its event says
// so. A watcher that was itself held up forgives its neighbours first. What a member shows towards the
// others is ordered by (boot, epoch) alone; no wall clocks are compared.
//
// It is a pure state machine: no clock, socket, goroutine or randomness. Package mesh drives it with
// a ticker and memberlist; sim_test.go drives it with a virtual clock and a lossy network. It does not
// know who is a member, which memberlist finds out, it does not tell a failed switch from failed hosts,
// and its patience does not grow with a link's loss: 10 % is about what it bears. Members share the
// ring's key, so a member can forge another's messages.
//
// # Messages
//
// All integers are big-endian. A text is one byte of length, at most 64, and that many bytes.
//
//	byte 0      version, 1; a message of another version is refused
//	byte 1      kind: 1 ask, 2 answer, 3 verdict
//	text        host id of the sender
//	text        host id of the subject
//	ask         4 bytes: number, which the answer repeats
//	answer      4 bytes: number; 1 byte: 1 the subject was reached, 0 it was not
//	verdict     8 bytes: boot; 4 bytes: epoch; 1 byte: 1 host dead, 2 nanoprobe down, 3 shut down
package ring
