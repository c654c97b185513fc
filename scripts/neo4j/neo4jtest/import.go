package neo4jtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Import fills the database of a home on which no server has started yet from files of CSV, with the
// headers of Neo4j's own importer: far faster than statements, and without their checks.
// cfg.Memory bounds its heap, in MB.
func Import(ctx context.Context, cfg Config, nodes []string, relationships string) error {
	conf := filepath.Join(cfg.Home, "conf")
	if err := os.MkdirAll(conf, 0o700); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "java", fmt.Sprintf("-Xmx%dm", max(cfg.Memory, 512)), "--add-opens=java.base/java.nio=ALL-UNNAMED",
		"-cp", filepath.Join(cfg.Lib, "*"), "org.neo4j.cli.AdminTool",
		"database", "import", "full", "neo4j", "--relationships="+relationships,
		"--report-file="+filepath.Join(cfg.Home, "import.report"))
	for _, file := range nodes {
		cmd.Args = append(cmd.Args, "--nodes="+file)
	}
	cmd.Env = append(os.Environ(), "NEO4J_HOME="+cfg.Home, "NEO4J_CONF="+conf)
	if said, err := cmd.CombinedOutput(); err != nil {
		const tail = 2000
		return fmt.Errorf("import into %s: %w: %s", cfg.Home, err, said[max(0, len(said)-tail):])
	}
	return nil
}
