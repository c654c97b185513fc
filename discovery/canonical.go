package discovery

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Canonical returns data in the one form that is hashed: object keys sorted by their bytes, the last
// of equal keys kept, no white space, no HTML escapes, numbers as they were written. It is bounded by
// MaxDocumentBytes and MaxDepth.
func Canonical(data []byte) ([]byte, error) {
	if len(data) > 2*MaxDocumentBytes { // white space may go, so the input gets twice the bound
		return nil, fmt.Errorf("%d bytes, at most %d: %w", len(data), MaxDocumentBytes, ErrTooLarge)
	}
	if err := checkDepth(data); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("not JSON: more text after the value")
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	canon := bytes.TrimSuffix(out.Bytes(), []byte("\n"))
	if len(canon) > MaxDocumentBytes {
		return nil, fmt.Errorf("%d bytes, at most %d: %w", len(canon), MaxDocumentBytes, ErrTooLarge)
	}
	return canon, nil
}

// checkDepth counts brackets outside strings before anything recursive sees the input.
func checkDepth(data []byte) error {
	depth, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return fmt.Errorf("byte %d: more than %d levels: %w", i, MaxDepth, ErrTooDeep)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// Hash returns the hex SHA-256 of canonical data.
func Hash(canonical []byte) string {
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}
