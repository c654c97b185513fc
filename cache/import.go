package cache

import (
	"context"
	"time"
)

// importedID is the id of each host that has rows here and doesn't write them.
const importedID = "imported:"

// Import is Put on behalf of a host that doesn't write here itself yet: s is what it wrote elsewhere, so
// long before now as silent says, which becomes the host's age. The row belongs to no host's id but to
// "imported:"; s.HostID means nothing.
//
// A host that has written here itself keeps its name, however long ago that was: that is ErrHostTaken.
// The other way round, a host's own first write takes its name at once, and what was imported for it is
// no longer found.
func (c *Client) Import(ctx context.Context, s Snapshot, silent time.Duration) (written bool, err error) {
	s.HostID = importedID
	return c.putSilent(ctx, s, max(0, silent))
}
