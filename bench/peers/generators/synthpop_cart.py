"""py-synthpop: sequential CART with its defaults, the method of R's synthpop."""
import numpy as np
from common import arguments, run, text_columns, with_category_for_missing
from synthpop import Synthpop

asked = arguments()
np.random.seed(asked.seed)


def fit(frame):
    frame = with_category_for_missing(frame)
    text = text_columns(frame)
    kinds = {}
    for name in frame:
        if name in text:
            frame[name] = frame[name].astype("category")
            kinds[name] = "category"
        else:
            kinds[name] = "int" if str(frame[name].dtype).startswith("int") else "float"
    model = Synthpop(seed=asked.seed)
    model.fit(frame, kinds)
    return model


run(asked, ["py-synthpop", "scikit-learn"], fit, lambda model, rows: model.generate(rows))
