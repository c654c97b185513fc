package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/assim-mesh/assim/cma/api"
)

// Explain prints why a daemon has ended, and what to do about it where that is known.
func Explain(stderr io.Writer, program string, err error) {
	fmt.Fprintf(stderr, "%s: %v\n", program, err)
	if advice := advise(err); advice != "" {
		fmt.Fprintf(stderr, "%s: try: %s\n", program, advice)
	}
}

func advise(err error) string {
	var fault *Error
	switch {
	case errors.As(err, &fault) && fault.Nearest != "":
		return fmt.Sprintf("%q", fault.Nearest)
	case errors.As(err, &fault):
		return "docs/operations.md, which has every key"
	case errors.Is(err, api.ErrNoFleet):
		return "'cma init' on the CMA's host, and a copy of the fleet file it names, with mode 0600"
	case errors.Is(err, fs.ErrPermission):
		return "run it as the user who owns that"
	}
	return ""
}
