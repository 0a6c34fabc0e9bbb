"""`python run.py [COMMAND …]` is `technic [COMMAND …]`; without a command it serves."""

import sys

from technic.cli.main import main

if __name__ == "__main__":
    main(sys.argv[1:] or ["serve"])
