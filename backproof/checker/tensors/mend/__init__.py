"""Where the slip of a torch file stands, and the edit that makes it right."""
