"""Generated pictures to train on."""

import numpy as np
import pytest

from sam_medical.finetune.generated_shapes import generate_image


@pytest.fixture(scope="package")
def generated_set():
    rng = np.random.default_rng(0)
    return [generate_image(rng, size=96) for _ in range(4)]
