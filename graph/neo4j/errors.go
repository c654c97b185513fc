package neo4j

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/graph"
)

// What can be wrong with a server. Errors of Open and of a Store wrap one of these where it applies,
// and name the address.
var (
	// ErrUnreachable says that nothing answers: refused, no route, no such name, or silence.
	ErrUnreachable error = unreachable{}
	// ErrProtocol says that something answers which does not speak Neo4j's protocol.
	ErrProtocol = errors.New("not a Neo4j server")
	// ErrTLS says that the server's certificate is not to be trusted, or that it has none.
	ErrTLS = errors.New("no trusted encryption")
	// ErrVersion says that the server is older than Neo4j 5.
	ErrVersion = errors.New("older than Neo4j 5")
	// ErrDenied says that the server refuses the user or the password.
	ErrDenied = errors.New("user or password refused")
	// ErrDatabase says that the server does not have the database.
	ErrDatabase = errors.New("no such database")
	// ErrRights says that the user may not write, or not make constraints and indexes.
	ErrRights = errors.New("no right to write")
	// ErrFormat says that the database holds a store of another version.
	ErrFormat = errors.New("graph of another format")
	// ErrReplaced says that the database was emptied or made anew since the store was opened: it must be
	// opened and filled again.
	ErrReplaced = errors.New("no longer the graph that was opened")
	// ErrTooLarge says that a document asserts more than can be kept.
	ErrTooLarge = errors.New("too large")
	// ErrClosed says that a store is used after Close.
	ErrClosed = errors.New("the graph is closed")
)

// explain names what is wrong, as far as it is known, and drops what the driver says around it. ctx is
// the one that the driver was given.
func explain(ctx context.Context, err error) error {
	var refused *neo4j.Neo4jError
	if errors.As(err, &refused) {
		reason := errors.New(firstLine(refused.Msg))
		if kind := kindOf(refused.Code); kind != nil {
			return fmt.Errorf("%w: %w", kind, reason)
		}
		return reason
	}
	var usage *neo4j.UsageError
	var connectivity *neo4j.ConnectivityError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: no answer in time: %w", ErrUnreachable, context.DeadlineExceeded)
	case errors.As(err, &usage), strings.Contains(err.Error(), "Bolt versions"):
		return fmt.Errorf("%w: %s", ErrProtocol, firstLine(err.Error()))
	case errors.As(err, &connectivity) && untrusted(connectivity.Inner):
		return fmt.Errorf("%w: %w", ErrTLS, connectivity.Inner)
	case errors.As(err, &connectivity):
		return fmt.Errorf("%w: %w", ErrUnreachable, connectivity.Inner)
	}
	return err
}

// untrusted reports whether a connection failed because what answers can't show who it is. The driver keeps
// only the words of package crypto/tls.
func untrusted(err error) bool {
	return strings.Contains(err.Error(), "tls: failed to verify certificate") ||
		strings.Contains(err.Error(), "tls: first record does not look like a TLS handshake")
}

// kindOf returns the error of this package for a status code of Neo4j, or nil.
func kindOf(code string) error {
	switch code {
	case "Neo.ClientError.Database.DatabaseNotFound":
		return ErrDatabase
	case "Neo.ClientError.Security.Forbidden",
		"Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
		"Neo.ClientError.General.WriteOnReadOnlyAccessDatabase":
		return ErrRights
	}
	if strings.HasPrefix(code, "Neo.ClientError.Security.") {
		return ErrDenied
	}
	return nil
}

// ofFacts says of an error of a batch whether the server refuses what the batch asserts: by a constraint or an
// index, which may be the user's own. It is not tried again, and other batches may be taken.
func ofFacts(err error) error {
	var refused *neo4j.Neo4jError
	if errors.As(err, &refused) && kindOf(refused.Code) == nil && slices.Contains([]string{"Statement", "Schema"}, refused.Category()) {
		return fmt.Errorf("%w: %s", graph.ErrRefused, firstLine(refused.Msg))
	}
	return err
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line)
}

// unreachable is a graph.ErrUnavailable too: it passes, and the same call may be made again.
type unreachable struct{}

func (unreachable) Error() string { return "unreachable" }

func (unreachable) Is(target error) bool { return target == graph.ErrUnavailable }
