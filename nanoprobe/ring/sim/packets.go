package sim

// Packets counts datagrams sent, by what they are for. The TCP packets of an exchange of all state are
// among them, since they are the price of a return.
type Packets struct {
	Beats     float64 `json:"beats"`     // heartbeats and their answers
	Probes    float64 `json:"probes"`    // memberlist's own, and their answers
	Pings     uint64  `json:"pings"`     // of suspects, and their answers
	Asks      uint64  `json:"asks"`      // can you reach it?
	Answers   uint64  `json:"answers"`   // to those
	Verdicts  uint64  `json:"verdicts"`  // sent to one; those that ride on heartbeats cost nothing
	Reports   uint64  `json:"reports"`   // of deaths to the CMA, and their acknowledgements
	Returns   uint64  `json:"returns"`   // of other changes to the CMA, and their acknowledgements
	Exchanges uint64  `json:"exchanges"` // of all state, over TCP
}

const (
	// reportPackets is an event on its way to the CMA and its acknowledgement.
	reportPackets = 2
	// exchangePackets is a TCP connection that carries one answer each way: 3 packets to open it, data
	// and acknowledgement there and back, 4 to close it.
	exchangePackets = 11
)

// ofDeaths counts what repair after a death costs.
func (p Packets) ofDeaths() uint64 {
	return p.Pings + p.Asks + p.Answers + p.Verdicts + p.Reports
}

// ofReturns counts what a return or a first appearance costs.
func (p Packets) ofReturns() uint64 { return p.Returns + p.Exchanges }

// steady counts what is sent though nothing happens.
func (p Packets) steady() float64 { return p.Beats + p.Probes }

// add adds what is counted one by one; the rest follows from times.
func (p *Packets) add(o Packets) {
	p.Pings += o.Pings
	p.Asks += o.Asks
	p.Answers += o.Answers
	p.Verdicts += o.Verdicts
	p.Reports += o.Reports
	p.Returns += o.Returns
	p.Exchanges += o.Exchanges
}
