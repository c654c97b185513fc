// title: The whole graph, or the labels and types of it that are named, as lists of maps
// param: nodetypes list = []: Labels of nodes; empty is all
// param: reltypes list = []: Types of relationships; empty is all
// columns: nodes, relationships
//
// At most 2,000 nodes, the first by label and key, and 10,000 relationships between them. A relationship
// has both its ends among the nodes if it is met twice when one looks around from each of them.
MATCH (n)
WHERE size($nodetypes) = 0 OR any(label IN labels(n) WHERE label IN $nodetypes)
WITH n
ORDER BY head(labels(n)), n.key
LIMIT 2000
WITH collect(n) AS chosen
RETURN [n IN chosen | {label: head(labels(n)), key: n.key, properties: properties(n)}] AS nodes,
       COLLECT {
         UNWIND chosen AS n
         MATCH (n)-[r]-()
         WHERE size($reltypes) = 0 OR type(r) IN $reltypes
         WITH r, count(*) AS ends
         WHERE ends = 2
         WITH startNode(r) AS a, r, endNode(r) AS b
         ORDER BY type(r), a.key, b.key
         LIMIT 10000
         RETURN {type: type(r), from: {label: head(labels(a)), key: a.key}, to: {label: head(labels(b)), key: b.key},
                 properties: properties(r)}
       } AS relationships
