package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/nanoprobe/ring"
	"github.com/assim-mesh/assim/nanoprobe/ring/sim"
)

// errViolated is returned when a simulation broke a promise of the ring, after its report.
var errViolated = errors.New("the simulated ring broke its promises")

// simulateFlags are those of 'assim simulate', as typed.
type simulateFlags struct {
	sim.Config
	profile    string
	neighbours int
	beats      string
	seeds      int
	events     bool
}

func newSimulateCommand(o *options) *cobra.Command {
	var f simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Try the ring on a simulated fleet of up to ten million members",
		Long: `Runs the ring's own code on a simulated fleet: how fast deaths are found, what that costs in
messages, and whether a host that lives is ever called dead. All chance comes from the seed: the
same flags give the same events. Time in which nothing happens is skipped.

What the members say is checked against the truth. A false or missed death, a wrong kind of event,
or a ring that is not whole in the end is a violation, told with its seed and time; the exit status
is then 1.

Scenarios: ` + strings.Join(sim.Scenarios()[:5], ", ") + `,
` + strings.Join(sim.Scenarios()[5:], ", ") + `.
power-on and rolling-restart befall every ring, switch-death the first four, the others the first.`,
		Example: `  assim simulate --members 1000000 --for 24h --deaths-per-day 0.0005
  assim simulate --members 64 --for 30m --scenario partition --seeds 100
  assim simulate --members 128 --for 720h --loss 0.1 --beats one-way`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return simulate(cmd, o, f) },
	}
	flags := cmd.Flags()
	flags.IntVar(&f.Members, "members", 1000, "hosts in the fleet, 1 to 10000000")
	flags.DurationVar(&f.For, "for", time.Hour, "time to simulate, 1s to 100 years (876000h)")
	flags.Uint64Var(&f.Seed, "seed", 1, "decides all chance")
	flags.IntVar(&f.seeds, "seeds", 1, "runs, each with the next seed, summed up")
	flags.Float64Var(&f.DeathsPerDay, "deaths-per-day", 0, "deaths of each member a day, 0 to 1000; one in four is of its nanoprobe alone")
	flags.DurationVar(&f.ReturnAfter, "return-after", 10*time.Minute, "how long the dead stay dead, at least 1s")
	flags.Float64Var(&f.Loss, "loss", 0, "share of datagrams that are lost, 0 to 0.9")
	flags.Float64Var(&f.Duplicate, "duplicate", 0, "share of datagrams that come twice, 0 to 0.9")
	flags.Float64Var(&f.Reorder, "reorder", 0, "share of datagrams that later ones overtake, 0 to 0.9")
	flags.DurationVar(&f.Delay, "delay", 250*time.Microsecond, "of a datagram, give or take a half, up to 10s")
	flags.StringVar(&f.Scenario, "scenario", "", "what befalls the fleet, besides")
	flags.StringVar(&f.profile, "profile", "lan", "patience of the ring: local, lan or wan")
	flags.IntVar(&f.neighbours, "neighbours", 2, "whom each member watches: 2 or 4")
	flags.StringVar(&f.beats, "beats", string(sim.TwoWay), "form of a heartbeat: two-way (ping and answer) or one-way")
	flags.BoolVar(&f.Full, "full", false, "live through quiet time, too: the same events, thousands of times slower")
	flags.BoolVar(&f.events, "events", false, "print each event of a member before the report")
	return cmd
}

func simulate(cmd *cobra.Command, o *options, f simulateFlags) error {
	cfg, err := f.config(cmd, o)
	if err != nil {
		return &usageError{cmd.CommandPath(), err}
	}
	// Rings come and go, and what they leave is garbage: a few megabytes live, so that collecting
	// less often costs little memory and saves a third of the time.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	report, err := sim.Run(cmd.Context(), cfg, f.seeds)
	if err != nil {
		if cmd.Context().Err() != nil {
			return err
		}
		return &usageError{cmd.CommandPath(), err}
	}
	report.MaxRSSBytes = maxRSS()
	if o.json {
		err = printJSON(cmd.OutOrStdout(), report)
	} else {
		_, err = fmt.Fprint(cmd.OutOrStdout(), report)
	}
	if err == nil && report.Violations > 0 {
		return fmt.Errorf("%w: %d violations", errViolated, report.Violations)
	}
	return err
}

// config turns the flags into what package sim takes.
func (f simulateFlags) config(cmd *cobra.Command, o *options) (sim.Config, error) {
	cfg := f.Config
	var err error
	if cfg.Profile, err = ring.NamedProfile(f.profile); err != nil {
		return cfg, err
	}
	if f.neighbours != 2 && f.neighbours != 4 {
		return cfg, fmt.Errorf("%d neighbours, 2 or 4", f.neighbours)
	}
	if f.events && o.json {
		return cfg, errors.New("--events with --json: the report alone has a stable form")
	}
	cfg.Profile.PerSide = f.neighbours / 2
	cfg.Beats = sim.Beats(f.beats)
	if f.events {
		cfg.Event = func(t sim.Told) {
			fmt.Fprintf(cmd.OutOrStdout(), "%v ring %s: %s says %s of %s %s\n",
				t.At.Round(time.Millisecond), t.Ring, t.Event.Witness, t.Event.Kind, t.Event.Subject.ID, t.Event.State)
		}
	}
	return cfg, nil
}

// maxRSS is the most memory that this process has had, in bytes.
func maxRSS() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Maxrss * 1024 // Linux counts kilobytes
}
