// Package lines describes a text by the lines that it has in common with another, its base.
//
//	base             text             its difference from the base
//
//	0 abi = 1        abi = 1          1 line of the base from 0 on
//	1 host = web1    host = db7       own line: 7 bytes as line 1 of the base, "db7\n"
//	2 kernel = 6.1   kernel = 6.1     2 lines of the base from 2 on
//	3 vm.dirty = 2   vm.dirty = 2
//	4 xfs = 30       zram.eth0 = 1    own line: "zram.eth0 = 1\n"
//	                 zram.eth1 = 1    own line: 8 bytes as the own line before, "1 = 1\n"
//
// What is looked for in very many texts of one base is looked for in the base once, and in each text only
// in the few lines that are its own. A text is not put together for that.
//
// A difference is
//
//	bytes of runs    uvarint
//	runs             own lines before it               uvarint
//	                 lines of the base to pass by      varint, from behind the run before; back if negative
//	                 lines of the base that follow     uvarint; together at least 16 bytes
//	bytes of heads   uvarint
//	heads            of each own line: bytes that it begins with as another line does, times 2; and 1 more if
//	                 that is the own line before, not the line of the base in whose place it is   uvarint
//	rests            of each own line: what follows
//
// The nth own line behind a run is in the place of the nth line of the base behind it. Own lines are left
// behind the last run where the text ends with them. A line is what ends with "\n"; only the last own line
// may lack its end, and only where no run follows. What a base has behind its last "\n" is not used. A
// text that has a NUL is not described: it has no lines to speak of.
//
// The package keeps no state. It packs nothing either: who stores differences compresses them, and has sums
// of them. A [Reader] takes anything and refuses what is no difference.
package lines
