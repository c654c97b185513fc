// Package draw makes pictures of a graph's neighbourhood: boxes with rows, and lines between them, as SVG
// for a browser, in the language of Graphviz, and as a Mermaid flowchart.
//
//	Picture ──Group──▶ Picture ──SVG──▶ layers ─▶ order ─▶ places ─▶ text of an <svg>
//	                           ├─DOT──────▶ a table a box, Graphviz lays it out
//	                           └─Mermaid──▶ a subgraph a box, Mermaid lays it out
//
// A box is what runs or stands by itself: a host, a switch. A row is a part of it that lines lead to: a
// service, a network interface. In SVG what depends stands left of what it depends on:
//
//	┌ web1 ─────┐            ┌ app1 ─────┐
//	│ ▪ nginx   │───────────▶│ ▪ tomcat  │     layer 0, layer 1, ...: all boxes of a layer are as wide,
//	└───────────┘   :8080    └───────────┘     between two layers there are only lines and their labels
//
// The layout is Sugiyama's: lines against the direction are turned, each box gets a layer, a line that
// passes a layer gets a lane there, the order in each layer is that with few crossings, and a box stands
// as high as what it is joined to. Lines to one row share their lanes. A Picture with Circles is laid
// out as circles instead: who stands next to each other is joined.
//
// A state is told by a mark and a stroke besides its colour, for those who don't see the colours. SVG
// follows the reader's choice of a light or a dark background. Names are taken for hostile: whatever a
// text holds, it comes out as that text, without what can't be printed.
//
// The package is pure and knows no hosts, no store and no clock; equal pictures give equal bytes. Time
// and memory grow with boxes and lines (3,000 boxes with 10,000 lines take seconds): who fetches bounds
// them, and says in Notes what is missing.
package draw
