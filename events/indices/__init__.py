"""The indices of a pair over a period (docs/indices.md): counts of what everyone may see, and what divides them.

`definitions` says what each index is, `material` reads the records in a number of statements that does not grow,
`counting` and `resilience` hold one function for each index, `answer` puts them together for page and API.
"""
