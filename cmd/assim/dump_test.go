package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestRepeat: what fails once is said and ends nothing; the end is that of ctx.
func TestRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 45*time.Minute)
		defer cancel()
		var said strings.Builder
		rounds := 0
		err := repeat(ctx, 20*time.Minute, func(context.Context) error {
			rounds++
			return []error{nil, errors.New("away"), errPartial}[rounds-1]
		}, &said)
		if rounds != 3 || !errors.Is(err, context.DeadlineExceeded) || said.String() != "assim: away\n" {
			t.Errorf("%d rounds, %v, said %q; want 3 in 45 minutes, and what failed", rounds, err, said.String())
		}
	})
}
