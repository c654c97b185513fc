package neo4j

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/assim-mesh/assim/graph"
)

// Config says how to reach a server and what to bear from it.
type Config struct {
	URI      string // bolt://host:port, or bolt+s, neo4j, neo4j+s and the like
	Username string
	Password string
	Database string // empty: the user's own, which is "neo4j" unless the server says otherwise
	// CA signs the certificate of a server at bolt+s or neo4j+s; nil are those whom the system trusts.
	CA *x509.CertPool

	Logger *slog.Logger
	Now    func() time.Time // says when a dependency was first seen; nil is time.Now

	OpenTimeout time.Duration // bounds Open; 0 is 15 s: a busy server needs seconds for its constraints
	RetryTime   time.Duration // how long Apply tries again what failed for the moment; 0 is 30 s
	Limits      graph.Limits  // of a Query. Their Memory is for the result: what is kept on the server, the server bounds
}

func (c *Config) setDefaults() {
	if c.Now == nil {
		c.Now = time.Now
	}
	c.OpenTimeout = cmp.Or(c.OpenTimeout, 15*time.Second)
	c.RetryTime = cmp.Or(c.RetryTime, 30*time.Second)
	c.Limits = c.Limits.WithDefaults()
}

func (c *Config) validate() error {
	uri, err := url.Parse(c.URI)
	switch {
	case err != nil, uri.Host == "":
		return errors.New("the URI is not like bolt://host:port") // not quoted: it may hold a password
	case uri.User != nil:
		return errors.New("the URI holds a user, which belongs in a field of its own")
	case c.Logger == nil:
		return errors.New("no logger")
	case c.OpenTimeout < 0, c.RetryTime < 0:
		return fmt.Errorf("a limit is negative: %v, %v", c.OpenTimeout, c.RetryTime)
	}
	return c.Limits.Validate()
}
