"""Snapshots: the published registry as a Frictionless data package, under permanent numbers (docs/snapshots.md).

`columns` says what stands in each column, `tables` reads the registry into CSV and Parquet and re-reads both, `texts`
writes what explains them, `building` puts it all together and publishes it; `views` and `api` show what there is.
"""
