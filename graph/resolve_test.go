package graph

import (
	"errors"
	"testing"
)

func TestCheckPaths(t *testing.T) {
	for paths, refused := range map[int]bool{0: false, MaxPaths: false, MaxPaths + 1: true} {
		if err := Resolved()[0].CheckPaths(paths); errors.Is(err, ErrRefused) != refused || (err != nil) != refused {
			t.Errorf("%d paths: %v, want them refused: %v", paths, err, refused)
		}
	}
}
