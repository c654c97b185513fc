// title: The queries that can be asked by name
// columns: query, parameters, title
//
// No graph knows them: who asks by name gets them as $queries from the registry.
UNWIND $queries AS q
RETURN q.name AS query, q.parameters AS parameters, q.title AS title
ORDER BY query
