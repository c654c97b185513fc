// Package depend makes trees for people out of what the graph says of dependencies.
//
//	things, links ──Grow──▶ tree ──Share, Fold──▶ smaller tree ──Lines──▶ lines with branches before them
//	chains of names ──Chains──▶ tree ─────────────────────────────────────┘
//
// A tree grows from what is asked for, along the links of the kinds that are followed, or against them.
// What is met a second time is marked and not expanded again, so that cycles end and a tree has at most
// one node for each link. A thing is expanded where it stands nearest to the root. What people do not ask
// for (interfaces, ports of switches, addresses between an endpoint and its host) is walked through.
//
// Where a host needs one of several, these stand under a heading that says how many of them are well. Share
// puts what is needed in many places into one, Fold many that are alike, and what is below them too.
//
// The package is pure. It knows the graph's model, but no CMA and no clock.
package depend
