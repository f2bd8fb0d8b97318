"""Who may see and do what, for every address there is; and that nothing hidden can be told from what is shown."""
