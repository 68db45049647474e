#!/usr/bin/env python3
"""Fails when a crate that the build uses has a licence that is not permissive, or does not come from
the registry or this repository. Reads `cargo metadata`; needs the standard library only."""

import json
import re
import subprocess
import sys

ALLOWED = {
    "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "ISC",
    "Zlib", "MPL-2.0", "Unicode-3.0", "Unicode-DFS-2016", "CC0-1.0", "Unlicense", "0BSD", "BSL-1.0",
}


def permitted(expression: str) -> bool:
    """Whether an SPDX expression can be satisfied with allowed licences alone."""
    # Crates written before SPDX expressions join alternatives with a slash.
    expression = expression.replace("/", " OR ")
    tokens = re.findall(r"\(|\)|\bOR\b|\bAND\b|[^\s()]+(?:\s+WITH\s+[^\s()]+)?", expression)

    def either(at):
        value, at = both(at)
        while at < len(tokens) and tokens[at] == "OR":
            other, at = both(at + 1)
            value = value or other
        return value, at

    def both(at):
        value, at = one(at)
        while at < len(tokens) and tokens[at] == "AND":
            other, at = one(at + 1)
            value = value and other
        return value, at

    def one(at):
        if tokens[at] == "(":
            value, at = either(at + 1)
            return value, at + 1
        return re.sub(r"\s+", " ", tokens[at]) in ALLOWED, at + 1

    return bool(tokens) and either(0)[0]


def main() -> int:
    text = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--locked"], check=True, capture_output=True, text=True
    ).stdout
    problems, checked = [], 0
    for package in json.loads(text)["packages"]:
        name = f"{package['name']} {package['version']}"
        source = package["source"]
        if source is not None and not source.startswith("registry+"):
            problems.append(f"{name}: comes from {source}")
        if not permitted(package["license"] or ""):
            problems.append(f"{name}: licence {package['license'] or 'not stated'}")
        checked += 1
    for problem in problems:
        print(problem)
    print(f"licences: {checked} crates checked, {len(problems)} refused")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
