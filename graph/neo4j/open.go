package neo4j

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net/url"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j/config"

	"github.com/assim-mesh/assim/graph"
)

// format is the version of what doc.go describes. A database of another one is not touched.
const format = 2

// Open connects to a server and makes its database a store, unless it is one. Errors name the address
// and wrap what is wrong with it: ErrUnreachable, ErrDenied and the others.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("neo4j: %w", err)
	}
	cfg.setDefaults()
	ctx, cancel := context.WithTimeout(ctx, cfg.OpenTimeout)
	defer cancel()
	uri, _ := url.Parse(cfg.URI) // validated
	s := &Store{cfg: cfg, addr: uri.Host, codec: newCodec(maxFactsBytes), indexed: map[string]bool{}, repertoire: repertoire{}}
	var err error
	s.driver, err = neo4j.NewDriverWithContext(cfg.URI, neo4j.BasicAuth(cfg.Username, cfg.Password, ""), func(c *driver.Config) {
		c.MaxTransactionRetryTime = queryRetryTime
		c.SocketConnectTimeout = cfg.OpenTimeout
		c.ConnectionLivenessCheckTimeout = time.Minute
		c.TelemetryDisabled = true
		c.TlsConfig = &tls.Config{RootCAs: cfg.CA, MinVersion: tls.VersionTLS12}
	})
	if err == nil {
		err = s.prepare(ctx)
	}
	if err != nil {
		if s.driver != nil {
			s.closing(ctx, s.driver.Close)
		}
		return nil, s.fail(ctx, err)
	}
	return s, nil
}

// prepare checks the server, and makes the schema before the first write.
func (s *Store) prepare(ctx context.Context) error {
	server, err := s.driver.GetServerInfo(ctx)
	if err != nil {
		return err
	}
	if v := server.ProtocolVersion(); v.Major < 5 { // Neo4j 5.0 is the first to speak Bolt 5
		return fmt.Errorf("%w: %s", ErrVersion, server.Agent())
	}
	session := s.driver.NewSession(ctx, neo4j.SessionConfig{DatabaseName: s.cfg.Database})
	defer s.closing(ctx, session.Close)
	for _, text := range schema() {
		if err := execute(ctx, session, text); err != nil {
			return err
		}
	}
	for _, label := range graph.FirstLabels() {
		s.indexed[label] = true
	}
	return s.identify(ctx, session)
}

// identify reads the store's id, or gives it one. It writes in any case: a user who may only read is
// found out here and not with the first document.
func (s *Store) identify(ctx context.Context, session neo4j.SessionWithContext) error {
	const text = "MERGE (s:" + ownQuoted + " {key: $key}) ON CREATE SET s.id = $id, s.format = $format, s.clock = 0 " +
		"SET s.opened_ms = $now RETURN s.id, s.format"
	record, err := neo4j.ExecuteWrite(ctx, session, func(tx neo4j.ManagedTransaction) (*neo4j.Record, error) {
		res, err := tx.Run(ctx, text, map[string]any{
			graph.KeyProp: storeKey, "id": rand.Text(), "format": format, "now": s.cfg.Now().UnixMilli(),
		})
		if err != nil {
			return nil, err
		}
		return res.Single(ctx)
	})
	if err != nil {
		return err
	}
	if held, _ := record.Values[1].(int64); held != format {
		return fmt.Errorf("%w: %d, not %d", ErrFormat, held, format)
	}
	s.id, _ = record.Values[0].(string)
	return nil
}
