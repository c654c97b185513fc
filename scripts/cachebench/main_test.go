package cachebench

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/assim-mesh/assim/scripts/testbed"
)

// partEnv makes this program one of the processes that are timed, instead of the test. The value names it.
const partEnv = "ASSIM_CACHEBENCH_PART"

func TestMain(m *testing.M) {
	part := os.Getenv(partEnv)
	if part == "" {
		testbed.Main(m, func() error { return nil })
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := play(ctx, part, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", part, err)
		os.Exit(1)
	}
}

// play is the main function of a part.
func play(ctx context.Context, part string, args []string) error {
	os.Unsetenv(partEnv) // it is not meant for those that the part starts
	switch part {
	case "measure":
		return measure(args[0], args[1:])
	case "floor":
		return floor(ctx, args[0], args[1:])
	case "index":
		return index(ctx, args[0], args[1:])
	}
	return fmt.Errorf("no such part")
}
