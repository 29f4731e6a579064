"""SQLite as Django's engine has it, but for how a thread waits for another's write to end (base)."""
