package wire

import (
	"fmt"
	"strings"
)

// maxErrorText is the bytes of a handler's error that travel.
const maxErrorText = 512

// status is the first byte of an answer's body.
type status byte

const (
	answered status = 0
	failed   status = 1
	busy     status = 2
	tooLarge status = 3
)

// RemoteError is the text of the error that the handler of another host returned, at most 512 bytes.
type RemoteError string

func (e RemoteError) Error() string { return fmt.Sprintf("peer says %q", string(e)) }

// answerBody is what travels of a handler's result.
func answerBody(answer []byte, err error) []byte {
	switch {
	case err != nil:
		text := err.Error()
		text = strings.ToValidUTF8(text[:min(len(text), maxErrorText)], "")
		return append([]byte{byte(failed)}, text...)
	case len(answer) > MaxCall:
		return []byte{byte(tooLarge)}
	}
	return append([]byte{byte(answered)}, answer...)
}

// parseAnswerBody is the inverse, for what may come from anybody who has the key.
func parseAnswerBody(body []byte) ([]byte, error) {
	if len(body) == 0 {
		return nil, errNoAnswer
	}
	switch rest := body[1:]; status(body[0]) {
	case answered:
		return rest, nil
	case failed:
		return nil, RemoteError(strings.ToValidUTF8(string(rest[:min(len(rest), maxErrorText)]), ""))
	case busy:
		return nil, ErrBusy
	case tooLarge:
		return nil, fmt.Errorf("answer: %w", ErrTooLarge)
	default:
		return nil, errNoAnswer
	}
}
