package derive

import (
	"encoding/json"
	"time"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// StatusDocument is the instance and the type of the document by which the CMA itself says how a host
// is. No nanoprobe may send one.
const StatusDocument = "@state"

// HostStatus is the data of a StatusDocument, whose boot is that of the host.
type HostStatus struct {
	Status  string `json:"status"`   // "up", "dead", "unknown" or "shutdown"
	Reason  string `json:"reason"`   // "host dead", "nanoprobe down", "shut down", "behind switch X"; empty when up
	SinceMS int64  `json:"since_ms"` // Unix milliseconds by the CMA's clock
	Epoch   uint32 `json:"epoch"`
	// Round counts the incidents that this epoch lived through, which orders what is said of it.
	Round uint32 `json:"round,omitempty"`
}

// status gives the Host its status, reason, status_since and status_since_ms, boot and epoch.
func status() derivation {
	return derivation{types: []string{StatusDocument}, derive: deriveStatus}
}

func deriveStatus(facts *assertions, doc discovery.Document, _ SameHost) error {
	var s HostStatus
	if err := json.Unmarshal(doc.Data, &s); err != nil {
		return err
	}
	props := graph.Props{
		"status":          s.Status,
		"status_since_ms": s.SinceMS,
		"status_since":    time.UnixMilli(s.SinceMS).UTC().Format(time.RFC3339),
		"boot":            int64(doc.Boot),
		"epoch":           int64(s.Epoch),
	}
	setText(props, "reason", s.Reason)
	facts.more(facts.host, props)
	return nil
}
