#!/usr/bin/env python3
"""MST and AIM of dpmm (Apache-2.0) on coded rows: fits, makes as many rows, writes them."""
import argparse
import json
import sys

import pandas as pd
from dpmm.models.aim import AIMGM
from dpmm.models.mst import MSTGM
from dpmm.pipelines.base import GenerativePipeline


def main():
    parser = argparse.ArgumentParser()
    for name in ("method", "epsilon", "delta", "codes", "sizes", "output"):
        parser.add_argument(f"--{name}", required=True)
    asked = parser.parse_args()
    rows = pd.read_csv(asked.codes)
    with open(asked.sizes) as file:
        sizes = json.load(file)
    settings = {"epsilon": float(asked.epsilon), "delta": float(asked.delta), "domain": sizes, "n_jobs": 1}
    if asked.method == "aim":
        # The model of the AIM paper's table of times: 1 MB; all else as it comes.
        model = AIMGM(max_model_size=1, max_cells=max(sizes.values()) ** 2, **settings)
    else:
        model = MSTGM(**settings)
    pipeline = GenerativePipeline(gen=model)
    pipeline.fit(rows, domain=sizes)
    made = pipeline.generate(n_records=len(rows))
    made[list(rows.columns)].astype(int).to_csv(asked.output, index=False)


if __name__ == "__main__":
    sys.exit(main())
