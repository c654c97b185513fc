//go:build !linux

package discovery

import "errors"

func netlinkAddrs() func() ([]byte, error) { return nil }

func parseAddrs([]byte) (map[int]map[string]NetAddr, error) { return nil, errors.ErrUnsupported }
