"""`python -m wattkeeper` is the `wattkeeper` command."""

from wattkeeper.config.cli import main

main()
