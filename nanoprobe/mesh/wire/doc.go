// Package wire gives a host one UDP and one TCP port for all the rings that it is a member of, and for
// small requests to other hosts.
//
//	UDP ──▶ receive ──┬─ label of a ring ──▶ queue ──▶ memberlist of that ring
//	                  └─ any other ────────▶ dropped, counted
//	TCP ──▶ accept ───┬─ label of a ring ──▶ queue ──▶ memberlist of that ring
//	                  ├─ "assim/2/call" ───▶ the handler given to Serve
//	                  └─ any other, or none in time ──▶ closed, counted
//
// Each datagram and each stream begins with memberlist's label header, the byte 244, a length of 1 to
// 255, and the label. Behind it the ring's memberlist must have the same label, a keyring and
// SkipInboundLabelCheck: it then seals what it sends with the label as additional data of AES-GCM, so
// that nothing can be taken from one ring to another by changing the header.
//
// What memberlist sends by itself counts as Membership. Whoever calls it with an address made by
// Tagged has his packets counted under another kind, and sent though the address be marked by SetDead:
// memberlist goes on to probe a member that the ring knows to be dead, and most of what a death costs
// is this.
//
// # Calls
//
// A call is a TCP connection with the label "assim/2/call", one request and one answer, each a frame:
//
//	offset size
//	     0    1  version of this format, 1
//	     1    1  kind: 1 request, 2 answer, 3 refusal
//	     2    4  n, big endian, at most 65,581: the bytes of content that follow
//	     6    n  content
//
// The content of a request or an answer is sealed:
//
//	offset size
//	     0   16  salt, random
//	    16   12  nonce of AES-GCM, random
//	    28 n-44  body, encrypted
//	  n-16   16  tag
//
// Its key of AES-256 is HKDF-SHA256 of a key of the keyring, the salt, and the info "assim/2/call
// request" or "assim/2/call answer": each frame has a key of its own, so that random nonces never wear
// out. The additional data are the 6 bytes before the content and, for an answer, the 28 bytes with
// which the content of its request begins: an answer fits no other request, and is never one itself.
// A request is sealed with the primary key; every key of the keyring is tried on what comes, and an
// answer has the key that opened its request, so that rotation has no gap.
//
// The body of a request is the caller's. The body of an answer is one byte, 0 for an answer, which
// follows, 1 for an error, whose text of at most 512 bytes follows, 2 for busy, 3 for an answer of more
// than 65,536 bytes. A refusal can't be sealed, for want of a common key or version; its content is one
// byte, 1 for a key unknown, 2 for a version unknown. Later versions keep the first 6 bytes and refusals
// as they are. A forged refusal does what cutting the wire does.
//
// Whoever has a key of the keyring may call. A request that is sent again by someone who recorded it is
// served again: who asks, and whether for the first time, a handler learns from what it finds in the
// request, signed and numbered. The package does not repeat what got lost either.
package wire
