"""Coverage: by pair and year, what is tracked and how much is on file, so that none can be told from not recorded."""
