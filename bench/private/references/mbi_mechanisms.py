#!/usr/bin/env python3
"""Says whether the package mbi (Apache-2.0) holds its mechanisms: they live in its repository, not in the package."""
import importlib.util
import sys


def main():
    for place in ("mbi.mechanisms", "mbi.extensions.mst", "mbi.extensions.aim", "mechanisms.mst"):
        try:
            if importlib.util.find_spec(place):
                sys.exit(f"found {place}, which this script does not know yet")
        except ModuleNotFoundError:
            pass
    sys.exit("the package has estimation only; MST and AIM are scripts of its repository")


if __name__ == "__main__":
    main()
