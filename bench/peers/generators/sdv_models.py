"""SDV: GaussianCopula, CTGAN and TVAE with their defaults, on the processor."""
import random

import numpy as np
import torch
from common import arguments, run
from sdv.metadata import Metadata
from sdv.single_table import CTGANSynthesizer, GaussianCopulaSynthesizer, TVAESynthesizer

# SDV speaks of tables by name.
TABLE = "table"

asked = arguments()
random.seed(asked.seed)
np.random.seed(asked.seed)
torch.manual_seed(asked.seed)


def fit(frame):
    # No key is looked for: what looks like one is a column like any other here.
    metadata = Metadata.detect_from_dataframes({TABLE: frame}, infer_keys=None)
    if asked.task == "class":
        metadata.update_column(column_name=asked.target, sdtype="categorical", table_name=TABLE)
    model = {
        "copula": lambda: GaussianCopulaSynthesizer(metadata),
        "ctgan": lambda: CTGANSynthesizer(metadata, enable_gpu=False),
        "tvae": lambda: TVAESynthesizer(metadata, enable_gpu=False),
    }[asked.method]()
    model.fit({TABLE: frame})
    return model


def sample(model, rows):
    made = model.sample(num_rows=rows)
    return made[TABLE] if isinstance(made, dict) else made


run(asked, ["sdv", "ctgan", "copulas", "torch"], fit, sample)
