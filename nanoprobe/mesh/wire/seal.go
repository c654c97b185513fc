package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
)

const (
	saltBytes  = 16
	nonceBytes = saltBytes + 12 // of HKDF, then of AES-GCM
	tagBytes   = 16
	aesBytes   = 32 // AES-256, however long the key of the keyring

	requestInfo = "assim/2/call request"
	answerInfo  = "assim/2/call answer"
)

var errSeal = errors.New("no key of the keyring opens it")

// seal makes the frame of a request, for which nonce is nil, or of the answer to the request with that
// nonce.
func seal(key, nonce, body []byte) (frame, error) {
	kind := requestFrame
	if nonce != nil {
		kind = answerFrame
	}
	n := nonceBytes + len(body) + tagBytes
	content := make([]byte, nonceBytes, n)
	rand.Read(content) // it does not fail
	gcm, err := cipherOf(key, kind, content[:saltBytes])
	if err != nil {
		return frame{}, err
	}
	content = gcm.Seal(content, content[saltBytes:], body, additionalData(kind, n, nonce))
	return frame{kind, content}, nil
}

// open returns the body of a request, for which nonce is nil, or of the answer to the request with that
// nonce, and the key that opened it.
func open(keys [][]byte, nonce []byte, f frame) (body, key []byte, err error) {
	kind := requestFrame
	if nonce != nil {
		kind = answerFrame
	}
	if f.kind != kind || len(f.content) < nonceBytes { // GCM itself misses a tag
		return nil, nil, errSeal
	}
	additional := additionalData(kind, len(f.content), nonce)
	for _, key := range keys {
		gcm, err := cipherOf(key, kind, f.content[:saltBytes])
		if err != nil {
			return nil, nil, err
		}
		if body, err := gcm.Open(nil, f.content[saltBytes:nonceBytes], f.content[nonceBytes:], additional); err == nil {
			return body, key, nil
		}
	}
	return nil, nil, errSeal
}

// nonce is what binds an answer to the request that f is.
func (f frame) nonce() []byte { return f.content[:nonceBytes] }

func additionalData(kind frameKind, contentBytes int, nonce []byte) []byte {
	h := header(kind, contentBytes)
	return slices.Concat(h[:], nonce)
}

func cipherOf(key []byte, kind frameKind, salt []byte) (cipher.AEAD, error) {
	info := requestInfo
	if kind == answerFrame {
		info = answerInfo
	}
	derived, err := hkdf.Key(sha256.New, key, salt, info, aesBytes)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
