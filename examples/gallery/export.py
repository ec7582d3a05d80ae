"""
On to ONNX, and to one NumPy file
=================================

What was learned leaves with all that a prediction needs: scaling, units, class names. Neither file is
written before it has answered random rows as the run does.
"""

import runpy
import tempfile
from pathlib import Path

import numpy as np

import gradwright as gw
from gradwright import interchange
from gradwright.drawing import color, new_figure, styled

rng = np.random.default_rng(0)
x = rng.uniform(0, 100, size=(800, 1))
y = 20 + 5 * np.sin(x[:, 0] / 15) + rng.normal(size=800)

data = gw.Dataset.from_arrays(x, y, standardize=True, standardize_targets=True)
run = gw.fit(gw.mlp(1, 32, 1), data, optimizer="Adam", learning_rate=0.02, epochs=40, progress=False)

folder = Path(tempfile.mkdtemp())
interchange.save_onnx(run, folder / "model.onnx")
interchange.save_numpy(run, folder / "model.py")
for file in sorted(folder.iterdir()):
    print(f"{file.name}: {file.stat().st_size:,} bytes")

# %%
# The NumPy file is a program of a page, which needs nothing but NumPy. Its answers, on the rows it was
# learned from:

grid = np.linspace(0, 100, 200).reshape(-1, 1)
predict = runpy.run_path(str(folder / "model.py"))["predict"]
difference = np.abs(predict(grid) - run.predict(grid)).max()
print(f"largest difference between the file and the run: {difference:.1e}")

with styled():
    figure, (axes,) = new_figure(3.2)
    axes.plot(x, y, ".", color="0.6", markersize=3, label="rows")
    axes.plot(grid, run.predict(grid), color=color(0), linewidth=4, alpha=0.4, label="the run")
    axes.plot(grid, predict(grid), "--", color=color(1), label="model.py")
    axes.set(xlabel="x, as it is stored", ylabel="y, in its own units")
    axes.legend()
