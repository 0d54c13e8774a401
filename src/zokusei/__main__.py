"""``python -m zokusei`` is the command line."""

from zokusei.cli import main

main()
