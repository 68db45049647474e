#!/usr/bin/env python3
"""Makes data/rare_event.csv.gz, where gamma rays are as rare among hadrons as a rare event is.

The recipe: of MAGIC Gamma Telescope (bench/data/magic.csv.gz, 12,332 gammas and 6,688 hadrons) all hadrons are kept and
every 120th gamma, from the first on: 103 gammas, 1.5 % of 6,791 rows. Rows keep their values; their order is mixed by
the MD5 of their text, so that no order of classes is left. Needs nothing but Python; run it in any folder.
"""

import gzip
import hashlib
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE / "../../bench/data/magic.csv.gz"
KEPT = 120

with gzip.open(SOURCE, "rt") as file:
    header, *rows = file.read().splitlines()
gammas = [row for row in rows if row.endswith(",g")]
hadrons = [row for row in rows if row.endswith(",h")]
rare = hadrons + gammas[::KEPT]
rare.sort(key=lambda row: hashlib.md5(row.encode()).hexdigest())
text = "\n".join([header, *rare]) + "\n"
with open(HERE / "data/rare_event.csv.gz", "wb") as file:
    # Without a time and a name the same rows are the same bytes.
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=0) as packed:
        packed.write(text.encode())
print(f"{len(hadrons)} hadrons, {len(gammas[::KEPT])} gammas")
