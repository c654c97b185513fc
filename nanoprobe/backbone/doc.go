// Package backbone decides in which rings a host is a member.
//
// A ring is small, because what a change in it costs grows with it. A fleet is many: base rings of the
// hosts of one group, rings above them of their representatives, and so on up to one on top.
//
//	+2                      (top)                       prefix of 0 bits: all keys
//	                       /     \
//	+1              +1/0             +1/1
//	              /      \          /    \
//	base     dc1/00   dc1/01    dc1/1    dc2            32 bits of the group, and those shown
//	          64 hosts: 2 of them represent the ring in the one above
//
// # Keys
//
// Every host has a key: 32 bits of its group's hash, 32 of its own. A ring is a level, a prefix of keys
// and a generation, and all who know these three call it by the same label, with no registry. Of two
// rings of one level that overlap, the higher generation wins, then the longer prefix, and the members
// of the other move. That one rule ends every conflict: a ring that split or merged while others were
// not told, two halves of a fleet that lived on apart, two hosts that founded the same ring at once.
//
// # Offices
//
// Every ring but the top one has two representatives. Who holds such an office keeps it; a vacancy
// goes to the free member of lowest place. The representative of a base ring sits in the ring above in
// its name. The representative of a ring above that would be in three rings if it went up as well: it
// appoints a deputy in its base ring, who is in no other, to sit there for it.
//
//	+2      d ........ sits for r above +1/0
//	        :
//	+1/0    :   r .... sits for dc1/00, represents +1/0, appoints d
//	        :   :
//	dc1/00  d   r   and 62 that are in no other ring
//
// # Notes instead of messages
//
// Members tell each other what they are and want in a Note, in their ring's metadata: who holds an
// office, what it stands for, who is appointed, where to move. At each Tick a Machine derives what to
// do from the notes of those present and the time alone. What is lost or late is made up for by the
// next view; what a dead host wanted is forgotten with its note; where nothing happens nothing is sent.
// Notes are protected by the ring's key alone, so whoever has that can lead a ring astray, as it could
// by joining and taking an office.
//
// # Splitting, merging, moving
//
// The first representative of too large a ring tells its members to move: each to the ring whose prefix
// is one bit longer, of its own key, one generation up. Before the top ring splits it founds the ring
// above, which is how its halves find each other. A small ring and all that lie around it become one, as
// wide as they fit into: whoever sits for one of them above sees all of them, and decides the same as the
// others. But after many were lost at once rings hesitate, for who comes back will need them. A member
// watches in both rings until the new one has been heard.
//
// # Finding a ring
//
// A newcomer asks any host for the ring of its key. A host that does not know sends on to one that is
// higher up, and one that sees the key's prefix below it sends down again: two steps for each level. If
// there is no such ring, the answer names the one to found. The same question, asked by a host that is
// in a ring, is how parts of a fleet that lost each other find out: hosts that were lost together with
// many others, and seeds that did not answer, are asked again and again, more and more rarely, until
// the answer shows that both sides know each other.
//
// # A ring that is gone
//
// A member of a ring above keeps the list of the members of its neighbours' rings, and for a minute those
// of former neighbours. When the last representative of such a ring is found dead, it has some of that
// list pinged. If one answers, the ring lives and elects others, is told the way, and is looked at again
// until they come. If none does, the whole ring is lost: one event. But when more rings are lost at once
// than are still seen, it is this host that is cut off.
//
// A ring may die while it or the ring above splits, merges or moves, so that nobody ever hears of the
// death of its representatives. Hence a list is also pinged when its ring stays out of sight though nobody
// took leave, and when the ring goes by another name. If the latest list could not be had in time, an older
// one serves, or those of the rings from which it came, after some time in which others may come up.
//
// # Limits
//
// It is a pure state machine: no clock, socket, goroutine or randomness. Package mesh drives it and
// reports deaths, which it takes as true. A group can't be spread over two places of the key space,
// and groups never share a base ring. A ring stays small beside one that it would make too large. Of a
// fleet that loses all seeds and, in one blow, every host of which another part has heard, the parts stay
// apart until SetSeeds names one of the other's. A base ring that is alone under two levels of rings above
// it, and dies, is told of by its representatives' names only; one whose neighbours in the ring above all
// die with it, not at all. In rings of two or three hosts nobody is free: they are in as many rings as
// there are levels.
//
// # Wire formats
//
// Package mesh carries notes in memberlist's metadata, and queries, answers and lists in calls. Their
// bytes are given beside AppendNote and AppendQuery. All have a version; unknown fields of a note, and
// bytes after a message, are skipped.
package backbone
