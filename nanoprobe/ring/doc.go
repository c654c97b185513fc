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
//	    │     └── it says so itself ──▶ shut down, or moved to another ring
//	    └──── it returns with a higher boot, or refutes its death with a higher epoch
//
// A suspect is pinged in three rounds, one other member is asked whether it can reach it, more are
// when that one says nothing, and the suspect's TCP port is dialled meanwhile: refused at once means
// that the nanoprobe is down and the host lives. Where there is no third member to ask, a death rests
// on the watcher alone, and its event says so. Of two watchers the one that asks first goes on and the
// other yields. A watcher that was itself held up forgives its neighbours first. What a member shows
// towards the others is ordered by (boot, epoch) alone; no wall clocks are compared.
//
// The loss of each link is measured over its last 128 heartbeats. Where it is above 6 %, more may be
// missed and more rounds are made, so that chance makes a suspect once in a million heartbeats, and
// gets it past the confirmation once in a thousand times. After a verdict the next on that side is
// looked at at once, then two, four and eight abreast. A member that dies and returns three times in
// ten minutes flaps: that is told, and no more of it until it has been quiet for a while.
//
// It is a pure state machine: no clock, socket, goroutine or randomness. Package mesh drives it with
// a ticker and memberlist; package sim with a virtual clock and a network as bad as wanted, for which
// a Circle can Form a Machine in the middle of its life, which can Skip quiet time. It does not know who
// is a member, which memberlist finds out, and it does not tell a failed switch from failed hosts. A
// verdict of any member is believed by those who don't watch its subject: signatures say who lied,
// afterwards.
//
// # Messages
//
// A message is signed by its author for one ring and numbered, so that nobody can speak for another
// member, repeat what it said or carry it to another ring; heartbeats and membership are memberlist's,
// which has the ring's key alone. All integers are big-endian. A text is one byte of length, 1 to 64,
// and that many bytes of UTF-8.
//
//	byte 0      version of the writer, 2
//	byte 1      the oldest version that can read it, 2; a reader refuses what says a later one
//	byte 2      kind: 1 ask, 2 answer, 3 verdict, 4 set of verdicts, 5 tallies; others are refused as unknown
//	text        host id of the author
//	8 bytes     boot of the author
//	8 bytes     number of the message among the author's since that boot; each is taken once
//	...         body
//	64 bytes    ed25519 signature, over "assim ring message", a zero byte, the label of the ring, a zero
//	            byte, and all of the above
//
// The body begins with a text, the host id of the subject, and has then
//
//	ask         4 bytes: number, which the answer repeats
//	answer      4 bytes: number; 1 byte: 1 the subject was reached, 0 it was not
//	verdict     8 bytes: boot; 4 bytes: epoch; 1 byte: 1 host dead, 2 nanoprobe down, 3 shut down, 4 moved
//
// and that of a set of verdicts is 2 bytes, how many, at most 256, and the body of each. Tallies, which
// representatives tell each other in the ring above while hosts of their base rings die, are one byte, how
// many, at most 8, and for each of these segments
//
//	text        the segment
//	2 bytes     hosts of the author's base ring that hang on it and are up
//	2 bytes     that died; unless these are 0,
//	1 byte      1: they were told as one event, which has its name from the
//	text        host id of the lowest of them
//	8 bytes     boot; 4 bytes: epoch of that
//
// A version that does not know tallies refuses the kind, and nothing comes of it. What a later
// version appends to a body, before the signature, is ignored. A message has at most 512 bytes, and a
// set of verdicts 32 KiB. Version 1 had neither signature nor number and is refused.
package ring
