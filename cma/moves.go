package cma

import (
	"context"
	"fmt"
	"time"

	"github.com/assim-mesh/assim/graph"
)

// lookAtMoves is how late the event at the end of an address's quiet time may be.
const lookAtMoves = time.Minute

// tellMoves makes events of the addresses that moved with a batch, whose documents the journal has held.
// What a graph is filled with that was made anew is no news. A CMA that ends between the batch and this
// tells nothing of it: the graph says who has the address.
func (c *CMA) tellMoves(held []Held, moves []graph.Move) error {
	news, err := c.Journal.isNews(held[0].Number) // and with it the others, see Pending
	if err != nil || !news {
		return err
	}
	result, err := c.Journal.PutMoves(moves, time.Now())
	if err != nil {
		return err
	}
	if result.Passed > 0 {
		c.Logger.Warn("addresses moved of which no event tells", "moves", result.Passed, "at_most", maxMoving, "within", moveQuiet)
	}
	c.stats.movesPassed.Add(uint64(result.Passed))
	c.stats.addressesForgotten.Add(uint64(result.Forgotten))
	c.toldMoves(result.Told)
	return nil
}

// toldMoves wakes those who wait for events, if there are some.
func (c *CMA) toldMoves(told int) {
	if told > 0 {
		c.hooks.Wake()
		c.news.ring()
	}
}

// watchMoves tells of addresses that have moved in their quiet time, until ctx is done or the journal fails.
func (c *CMA) watchMoves(ctx context.Context) error {
	ticker := time.NewTicker(lookAtMoves)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		told, err := c.Journal.TellMoves(time.Now())
		if err != nil {
			return fmt.Errorf("moves of addresses: %w", err)
		}
		c.toldMoves(told)
	}
}
