"""mostlyai-engine's TabularARGN with its defaults, local, on the processor."""
import tempfile

from common import arguments, run
from mostlyai.engine import TabularARGN, set_random_state

asked = arguments()
set_random_state(asked.seed)

with tempfile.TemporaryDirectory() as folder:

    def fit(frame):
        model = TabularARGN(device="cpu", random_state=asked.seed, workspace_dir=folder, verbose=0)
        return model.fit(frame)

    run(asked, ["mostlyai-engine", "torch"], fit, lambda model, rows: model.sample(n_samples=rows, device="cpu"))
