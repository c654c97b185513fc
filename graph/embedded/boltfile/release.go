package boltfile

import (
	"syscall"

	"go.etcd.io/bbolt"
)

// Release lets the system take back the memory by which a transaction, and those before it, have read
// their file. Whoever reads a file once from end to end calls it on the way, or all of the file counts as
// memory of the process. Keys and values stay good: they are read from the file again when they are
// looked at. It is advice, and has no error.
func Release(tx *bbolt.Tx) {
	// While tx is open, bbolt does not move its map, of which the file's pages in use are the front.
	syscall.Syscall(syscall.SYS_MADVISE, tx.DB().Info().Data, uintptr(tx.Size()), syscall.MADV_DONTNEED)
}
