package fleet

import (
	"fmt"
	"net/http"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/promtext"
)

// metricsAddr is where the host's nanoprobe serves its metrics.
func (h *host) metricsAddr() string { return h.addr + ":9100" }

// strangersRefused is how many requests the host's nanoprobe has refused for their key or form.
func (h *host) strangersRefused() (float64, error) {
	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Get("http://" + h.metricsAddr() + "/metrics")
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	families, err := promtext.Parse(answer.Body)
	if err != nil {
		return 0, err
	}
	const name = "assim_nanoprobe_dropped_packets_total"
	count, ok := promtext.Find(families, name, "reason", "call")
	if !ok {
		return 0, fmt.Errorf("%s has no metric %s of calls", h.Name, name)
	}
	return count, nil
}
