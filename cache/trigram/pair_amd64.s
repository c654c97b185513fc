#include "textflag.h"

// SSE2 is in every amd64 processor, so nothing has to be asked for. Wider registers gain little here: a
// content that was just unpacked comes out of the second-level cache.

// MATCH sets the bytes of got where first and second are found at offset; other is scratch.
#define MATCH(offset, got, other) \
	MOVOU offset(SI)(R8*1), got; \
	MOVOU offset(DI)(R8*1), other; \
	POR X1, got; \
	POR X3, other; \
	PCMPEQB X0, got; \
	PCMPEQB X2, other; \
	PAND other, got

// func searchLanes(text *byte, places int, p *pair, gap int) int
TEXT ·searchLanes(SB), NOSPLIT, $0-40
	MOVQ text+0(FP), SI
	MOVQ places+8(FP), CX
	MOVQ p+16(FP), AX
	MOVQ gap+24(FP), DI
	ADDQ SI, DI
	MOVOU 0(AX), X0  // first
	MOVOU 16(AX), X1 // firstFold
	MOVOU 32(AX), X2 // second
	MOVOU 48(AX), X3 // secondFold
	XORQ R8, R8      // the place

four: // times 16 places, as long as they are there and the pair is not
	LEAQ 64(R8), R9
	CMPQ R9, CX
	JGT  one
	MATCH(0, X4, X5)
	MATCH(16, X6, X7)
	MATCH(32, X8, X9)
	MATCH(48, X10, X11)
	POR  X4, X6
	POR  X8, X10
	POR  X6, X10
	PMOVMSKB X10, R10
	TESTL R10, R10
	JNZ  one
	MOVQ R9, R8
	JMP  four

one: // of 16 places after the other
	CMPQ R8, CX
	JGE  done
	MATCH(0, X4, X5)
	PMOVMSKB X4, R10
	TESTL R10, R10
	JNZ  found
	ADDQ $16, R8
	JMP  one

found:
	BSFL R10, R10
	ADDQ R10, R8

done:
	MOVQ R8, ret+32(FP)
	RET
