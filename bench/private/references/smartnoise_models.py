#!/usr/bin/env python3
"""MST and AIM of smartnoise-synth (MIT) on coded rows: fits, makes as many rows, writes them."""
import argparse
import sys

import pandas as pd
from snsynth import Synthesizer


def main():
    parser = argparse.ArgumentParser()
    for name in ("method", "epsilon", "delta", "codes", "sizes", "output"):
        parser.add_argument(f"--{name}", required=True)
    asked = parser.parse_args()
    rows = pd.read_csv(asked.codes)
    synthesizer = Synthesizer.create(asked.method, epsilon=float(asked.epsilon), delta=float(asked.delta))
    # All columns are coded already: nothing is spent on their bounds.
    synthesizer.fit(rows, categorical_columns=list(rows.columns), preprocessor_eps=0.0)
    synthesizer.sample(len(rows))[list(rows.columns)].astype(int).to_csv(asked.output, index=False)


if __name__ == "__main__":
    sys.exit(main())
