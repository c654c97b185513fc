package tapswitch

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// ifreq is the kernel's struct of that name as TUNSETIFF reads it.
type ifreq struct {
	name  [syscall.IFNAMSIZ]byte
	flags uint16
	_     [22]byte
}

// Open creates a TAP device in the network namespace of the calling thread and returns its file. The
// device lasts as long as the file is open, and may be moved to another namespace meanwhile. It needs
// root. A name has at most 15 bytes.
func Open(name string) (*os.File, error) {
	const path = "/dev/net/tun"
	var req ifreq
	if name == "" || len(name) >= len(req.name) {
		return nil, fmt.Errorf("device name %q: 1 to %d bytes", name, len(req.name)-1)
	}
	copy(req.name[:], name)
	req.flags = syscall.IFF_TAP | syscall.IFF_NO_PI
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	// Only then os.NewFile: the runtime's poller takes a file that is no device yet for broken.
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TUNSETIFF, uintptr(unsafe.Pointer(&req)))
	if errno != 0 {
		syscall.Close(fd)
		return nil, fmt.Errorf("TAP device %q: %w", name, errno)
	}
	return os.NewFile(uintptr(fd), name), nil
}
