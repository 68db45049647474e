"""arfpy: an adversarial random forest with its defaults."""
import numpy as np
from arfpy import arf
from common import arguments, run, text_columns, with_category_for_missing, without_missing_numbers

asked = arguments()
np.random.seed(asked.seed)


def fit(frame):
    without_missing_numbers(frame)
    whole = [name for name in frame if str(frame[name].dtype).startswith("int")]
    frame = with_category_for_missing(frame)
    for name in text_columns(frame):
        frame[name] = frame[name].astype("category")
    for name in whole:
        frame[name] = frame[name].astype(float)
    model = arf.arf(x=frame, verbose=False, random_state=asked.seed)
    model.forde()
    return model, whole


def sample(fitted, rows):
    model, whole = fitted
    made = model.forge(n=rows)
    # The forest's densities are continuous: whole numbers are rounded, as its R original does.
    for name in whole:
        made[name] = made[name].astype(float).round().astype(int)
    return made


run(asked, ["arfpy", "scikit-learn"], fit, sample)
