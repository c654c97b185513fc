package neo4jtest

import (
	"context"
	"errors"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

// firstPassword is what a new server wants to have changed before anything else.
const firstPassword = "neo4j"

const unauthorized = "Neo.ClientError.Security.Unauthorized"

// setPassword gives User the password, unless an earlier start has.
func setPassword(ctx context.Context, uri, password string) error {
	_, err := run(ctx, uri, password, "SHOW CURRENT USER", nil)
	var refused *neo4j.Neo4jError
	if !errors.As(err, &refused) || refused.Code != unauthorized {
		return err
	}
	_, err = run(ctx, uri, firstPassword, "ALTER CURRENT USER SET PASSWORD FROM $old TO $new",
		map[string]any{"old": firstPassword, "new": password})
	return err
}

// run runs one statement on the system database.
func run(ctx context.Context, uri, password, text string, params map[string]any) (*neo4j.EagerResult, error) {
	driver, err := neo4j.NewDriverWithContext(uri, neo4j.BasicAuth(User, password, ""))
	if err != nil {
		return nil, err
	}
	defer driver.Close(ctx)
	return neo4j.ExecuteQuery(ctx, driver, text, params, neo4j.EagerResultTransformer,
		neo4j.ExecuteQueryWithDatabase("system"))
}
