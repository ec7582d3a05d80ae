"""What was learned, handed on: to one NumPy file, ONNX and PyTorch, and taken over from where it can be.

>>> import gradwright as gw
>>> from gradwright import interchange
>>> run = gw.fit(gw.mlp(2, 8, 2), gw.data.load("swiss-roll"), epochs=1, progress=False)
>>> interchange.Model.of(run).classes
(0, 1)
"""

from gradwright.interchange.model import Model
from gradwright.interchange.numpy_file import save_numpy
from gradwright.interchange.onnx_file import load_onnx, save_onnx
from gradwright.interchange.scikit_learn import from_sklearn
from gradwright.interchange.torch_file import load_torch, save_torch
from gradwright.interchange.torch_import import from_torch

__all__ = [
    "Model",
    "from_sklearn",
    "from_torch",
    "load_onnx",
    "load_torch",
    "save_numpy",
    "save_onnx",
    "save_torch",
]
