"""Writes the reference files of pipeline/npy_test.ts with NumPy 2.4: python tests/npy/make_reference.py"""

from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
values = (np.arange(24, dtype=np.float32) - 11.5) / 3

for name, array in {
    "c_order": values.reshape(1, 2, 3, 4),
    "one_axis": values[:3],
    "scalar": np.float32(0.1),
    "long_header": values.reshape((1,) * 20 + (24,)),
    "fortran": np.asfortranarray(values.reshape(4, 6)),
    "float64": values.astype(np.float64),
    "big_endian": values.astype(">f4"),
}.items():
    np.save(HERE / f"{name}.npy", array)

with open(HERE / "version_2.npy", "wb") as file:
    np.lib.format.write_array(file, values.reshape(4, 6), version=(2, 0))
