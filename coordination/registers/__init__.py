"""Reads public registers into schools, owners, companies and workplaces.

A file goes through: `source` (encoding) → `tables` or `json_stream` (records with line numbers) → one module per
register (typed rows, or a refusal with words) → `engine` (batches) → `writers` (compare, write what differs).
Nothing ever holds more than a batch of rows.
"""
