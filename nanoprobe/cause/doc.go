// Package cause tells one dead switch from many dead hosts.
//
// A host hangs on segments: a switch, a rack, a subnet, or what else its labels name. It tells them itself.
// Deaths that come together are held until it shows whether the dead have a segment in common:
//
//	up ── died ──▶ waiting ─┬─ nothing in common ──────────▶ down (its death is its own: Released)
//	▲ ▲                     └─ a cause covers it (Opened) ──▶ behind ── heard again (Back) ──▶ up
//	│ └────── heard ───────────── down                          │
//	└──────── heard (Back) ────── left ◀── Restored: half of its incident's hosts are back
//	                                └── not heard in 5 minutes ──▶ down (Released)
//
// A segment is a cause if at least 3 of its hosts died in one window, if these are at least 60 % of those
// that were known to be up, and if no other of its hosts was heard since. A window ends 10 s after the
// last death in it and at most 60 s after the first; deaths are in one window if they share a segment that
// can still be a cause, or others join them. Of several causes the fewest are taken that cover all the
// deaths which any covers, and a switch before a rack, a rack before another label, that before a subnet,
// if they cover the same. The choice is greedy, and then freed of what the rest covers: so it is the
// smallest for segments that lie side by side or inside each other, and at worst a little above it.
//
// A death is released at once if none of its segments can be a cause: it has fewer than 3 hosts, or one
// of them was heard since. Who reports a death is heard by that. So an ordinary death, seen by a
// neighbour on the same switch, waits for nothing.
//
// Some know of a common loss by other ways: a whole ring that answers nobody. Such a claim is a cause
// without further proof, and the last choice where a segment covers its hosts.
//
// A Grouper may know a part of the hosts only, those of one ring, and [Grouper.Share] the segments with
// others. They tell each other by [Tally] how many hosts of a segment are up and how many died, count the
// others' hosts like their own, and call the incident by the lowest of all that died, so that they tell of
// one. A death waits then, for 20 s, though its segment has one host here. A Grouper that comes late takes
// the name that was told; if two tell before either hears of the other, the incident has two.
//
// The [Grouper] is pure: no clock, goroutine or randomness. The CMA drives it, and representatives of
// rings while the CMA is away. Times are milliseconds of any clock that does not go back. It does not
// look for causes in the graph, and a host on two switches, of which one is dead, speaks against that
// one being dead whenever it is heard.
package cause
