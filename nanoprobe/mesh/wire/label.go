package wire

import (
	"errors"
	"io"

	"github.com/hashicorp/memberlist"
)

const (
	// labelMark begins memberlist's label header. No other message of memberlist's begins with it.
	labelMark = 244
	// callLabel is of no ring: requests between hosts have it.
	callLabel = "assim/2/call"
)

var errNoLabel = errors.New("no label")

// cutLabel takes the label header off a datagram.
func cutLabel(datagram []byte) (label, payload []byte, err error) {
	if len(datagram) < 2 || datagram[0] != labelMark {
		return nil, nil, errNoLabel
	}
	end := 2 + int(datagram[1])
	if end == 2 || len(datagram) < end {
		return nil, nil, errNoLabel
	}
	return datagram[2:end], datagram[end:], nil
}

// readLabel reads the label header of a stream and no byte more. An end before the first byte is io.EOF:
// somebody tried whether the port is open.
func readLabel(r io.Reader) (string, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", err
	}
	if head[0] != labelMark || head[1] == 0 {
		return "", errNoLabel
	}
	label := make([]byte, head[1])
	if _, err := io.ReadFull(r, label); errors.Is(err, io.EOF) {
		return "", io.ErrUnexpectedEOF
	} else if err != nil {
		return "", err
	}
	return string(label), nil
}

func appendLabel(b []byte, label string) []byte {
	return append(append(b, labelMark, byte(len(label))), label...)
}

// validLabel reports whether a ring may have that label.
func validLabel(label string) bool {
	return label != "" && len(label) <= memberlist.LabelMaxSize && label != callLabel
}
