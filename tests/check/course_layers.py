"""Layers in the convention of many a course: forward -> (out, cache), backward(dout, cache) -> gradients."""

from __future__ import annotations

from typing import Any

import numpy as np


def affine_forward(x: Any, w: Any, b: Any) -> Any:
    return x.reshape(len(x), -1) @ w + b, (x, w)


def affine_backward(dout: Any, cache: Any) -> Any:
    x, w = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)


def relu_forward(x: Any) -> Any:
    return np.maximum(x, 0), x


def relu_backward(dout: Any, cache: Any) -> Any:
    return dout * (cache > 0)


def batchnorm_forward(x: Any, gamma: Any, beta: Any, bn_param: Any) -> Any:
    """As everybody's: the running averages are entries of ``bn_param``, which each call changes."""
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    mean = bn_param.setdefault("running_mean", np.zeros(x.shape[1]))
    variance = bn_param.setdefault("running_var", np.ones(x.shape[1]))
    if bn_param["mode"] == "train":
        mean, variance = x.mean(axis=0), x.var(axis=0)
        for name, value in (("running_mean", mean), ("running_var", variance)):
            bn_param[name] = momentum * bn_param[name] + (1 - momentum) * value
    sd = np.sqrt(variance + eps)
    normal = (x - mean) / sd
    return gamma * normal + beta, (normal, gamma, sd, bn_param["mode"])


def batchnorm_backward(dout: Any, cache: Any) -> Any:
    normal, gamma, sd, mode = cache
    dnormal = dout * gamma
    dx = dnormal / sd
    if mode == "train":
        dx = (dnormal - dnormal.mean(axis=0) - normal * (dnormal * normal).mean(axis=0)) / sd
    return dx, (dout * normal).sum(axis=0), dout.sum(axis=0)


def layernorm_forward(x: Any, gamma: Any, beta: Any, ln_param: Any) -> Any:
    sd = np.sqrt(x.var(axis=1, keepdims=True) + ln_param.get("eps", 1e-5))
    normal = (x - x.mean(axis=1, keepdims=True)) / sd
    return gamma * normal + beta, (normal, gamma, sd)


def layernorm_backward(dout: Any, cache: Any) -> Any:
    normal, gamma, sd = cache
    dnormal = dout * gamma
    means = dnormal.mean(axis=1, keepdims=True), (dnormal * normal).mean(axis=1, keepdims=True)
    return (dnormal - means[0] - normal * means[1]) / sd, (dout * normal).sum(axis=0), dout.sum(axis=0)


def dropout_forward(x: Any, dropout_param: Any) -> Any:
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])  # noqa: NPY002 - as such layers do
    mask = None
    if dropout_param["mode"] == "train":
        mask = (np.random.rand(*x.shape) < dropout_param["p"]) / dropout_param["p"]  # noqa: NPY002
    return (x if mask is None else x * mask), mask


def dropout_backward(dout: Any, mask: Any) -> Any:
    return dout if mask is None else dout * mask


def conv_forward(x: Any, w: Any, b: Any, conv_param: Any) -> Any:
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    rows, columns = (1 + (padded.shape[i] - w.shape[i]) // stride for i in (2, 3))
    out = np.empty((len(x), len(w), rows, columns), x.dtype)
    for i, j in np.ndindex(rows, columns):
        out[:, :, i, j] = np.tensordot(_window(padded, w, i, j, stride), w, ((1, 2, 3), (1, 2, 3))) + b
    return out, (padded, w, pad, stride)


def conv_backward(dout: Any, cache: Any) -> Any:
    padded, w, pad, stride = cache
    dx, dw = np.zeros_like(padded), np.zeros_like(w)
    for i, j in np.ndindex(*dout.shape[2:]):
        dw += np.tensordot(dout[:, :, i, j], _window(padded, w, i, j, stride), (0, 0))
        _window(dx, w, i, j, stride)[...] += np.tensordot(dout[:, :, i, j], w, (1, 0))
    inside = slice(pad, -pad) if pad else slice(None)
    return dx[:, :, inside, inside], dw, dout.sum(axis=(0, 2, 3))


def max_pool_forward(x: Any, pool_param: Any) -> Any:
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    rows, columns = 1 + (x.shape[2] - height) // stride, 1 + (x.shape[3] - width) // stride
    out = np.empty((*x.shape[:2], rows, columns), x.dtype)
    for i, j in np.ndindex(rows, columns):
        out[:, :, i, j] = x[:, :, i * stride : i * stride + height, j * stride : j * stride + width].max(
            (2, 3)
        )
    return out, (x, out, pool_param)


def max_pool_backward(dout: Any, cache: Any) -> Any:
    x, out, pool_param = cache
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    dx = np.zeros_like(x)
    for i, j in np.ndindex(*dout.shape[2:]):
        place = (..., slice(i * stride, i * stride + height), slice(j * stride, j * stride + width))
        dx[place] += (x[place] == out[:, :, i, j, None, None]) * dout[:, :, i, j, None, None]
    return dx


def spatial_batchnorm_forward(x: Any, gamma: Any, beta: Any, bn_param: Any) -> Any:
    out, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1]), gamma, beta, bn_param)
    return _channels_first(out, x.shape), cache


def spatial_batchnorm_backward(dout: Any, cache: Any) -> Any:
    dx, dgamma, dbeta = batchnorm_backward(dout.transpose(0, 2, 3, 1).reshape(-1, dout.shape[1]), cache)
    return _channels_first(dx, dout.shape), dgamma, dbeta


def lstm_step_forward(x: Any, prev_h: Any, prev_c: Any, w: Any) -> Any:
    """Two outputs, before the cache."""
    z = np.tanh(np.hstack([x, prev_h]) @ w)
    c = prev_c + z
    return np.tanh(c), c, (x, prev_h, w, z, c)


def lstm_step_backward(dh: Any, dc: Any, cache: Any) -> Any:
    x, prev_h, w, z, c = cache
    dc = dc + dh * (1 - np.tanh(c) ** 2)
    da = dc * (1 - z**2)
    both = da @ w.T
    return both[:, : x.shape[1]], both[:, x.shape[1] :], dc, np.hstack([x, prev_h]).T @ da


def softmax_loss(x: Any, y: Any) -> Any:
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    return -np.log(p[rows, y]).mean(), (p - np.eye(x.shape[1])[y]) / len(x)


def svm_loss(x: Any, y: Any) -> Any:
    rows = np.arange(len(x))
    margins = np.maximum(0, x - x[rows, y][:, None] + 1)
    margins[rows, y] = 0
    dx = (margins > 0).astype(float)
    dx[rows, y] = -dx.sum(axis=1)
    return margins.sum() / len(x), dx / len(x)


def _window(padded: Any, w: Any, i: int, j: int, stride: int) -> Any:
    return padded[:, :, i * stride : i * stride + w.shape[2], j * stride : j * stride + w.shape[3]]


def _channels_first(rows: Any, shape: Any) -> Any:
    n, channels, height, width = shape
    return rows.reshape(n, height, width, channels).transpose(0, 3, 1, 2)
