// title: How many nodes there are of each label that identifies them
// columns: label, count
MATCH (n)
RETURN head(labels(n)) AS label, count(n) AS count
ORDER BY count DESC, label
