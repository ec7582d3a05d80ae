"""Each layer as an expression of NumPy, and the functions that such expressions call."""

from __future__ import annotations

from gradwright.errors import ConfigError
from gradwright.nn import (
    ELU,
    GELU,
    LSTM,
    SELU,
    BatchNorm,
    Columns,
    Conv1d,
    Dropout,
    Embedding,
    LayerNorm,
    LeakyReLU,
    Linear,
    Mish,
    Mixed,
    PeriodicEmbedding,
    ReLU,
    Scale,
    SelfAttention,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
from gradwright.nn.activations import SELU_ALPHA, SELU_SCALE
from gradwright.nn.walk import Place


def expression(place: Place, x: str) -> str:
    """What the layer at ``place`` makes of the variable ``x``; its arrays are those of a table ``P``.

    Raises ``ConfigError`` that names a layer of another kind.

    >>> expression(Place("0", Linear(2, 3), 2), "x")
    'x @ P["0.weight"] + P["0.bias"]'
    """
    layer = place.layer
    prefix = f"{place.name}." if place.name else ""

    def p(name: str) -> str:
        return f'P["{prefix}{name}"]'

    match layer:
        case Linear():
            return f"{x} @ {p('weight')}" + (f" + {p('bias')}" if layer.bias else "")
        case ReLU():
            return f"np.maximum({x}, 0)"
        case LeakyReLU():
            return f"np.where({x} > 0, {x}, {layer.slope!r} * {x})"
        case ELU():
            return f"elu({x}, 1, {layer.alpha!r})"
        case SELU():
            return f"elu({x}, {SELU_SCALE!r}, {SELU_SCALE * SELU_ALPHA!r})"
        case Tanh():
            return f"np.tanh({x})"
        case Sigmoid():
            return f"sigmoid({x})"
        case Softplus():
            return f"np.logaddexp({x}, 0)"
        case GELU():
            return f"gelu({x})"
        case SiLU():
            return f"{x} * sigmoid({x})"
        case Mish():
            return f"{x} * np.tanh(np.logaddexp({x}, 0))"
        case Dropout():
            return x
        case Scale():
            return f"{x} * {p('scale')}"
        case Mixed():
            f = expression(Place(place.name, layer.activation, place.features), x)
            return f"{x} + {p('mix')} * ({f} - {x})"
        case BatchNorm():
            z = f"({x} - {p('mean')}) / np.sqrt({p('variance')} + {layer.epsilon!r})"
            return f"{p('gamma')} * {z} + {p('beta')}"
        case LayerNorm():
            return f"layer_norm({x}, {p('gamma')}, {p('beta')}, {layer.epsilon!r})"
        case Embedding():
            return f"embedding({x}, {p('weight')})"
        case PeriodicEmbedding():
            arrays = ", ".join(map(p, ("frequency", "phase", "weight", "bias")))
            return f"periodic_embedding({x}, {arrays})"
        case Columns():
            parts = [
                expression(child, f"{x}[:, {list(columns)}]")
                for child, columns in zip(layer.children(place.name, None), layer.columns, strict=True)
            ]
            parts += [f"{x}[:, {list(layer.rest)}]"] if layer.rest else []
            return f"np.hstack([{', '.join(parts)}])"
        case Conv1d():
            sizes = f"{layer.in_channels}, {layer.kernel_size}, {layer.stride}, {layer.padding}"
            return f"conv1d({x}, {p('weight')}, {p('bias')}, {sizes})"
        case SelfAttention():
            weights = ", ".join(p(f"{name}.weight") for name in ("query", "key", "value", "output"))
            return f"attention({x}, {weights}, {layer.heads})"
        case LSTM():
            weights = ", ".join(map(p, ("input.weight", "hidden.weight", "input.bias")))
            return f"lstm({x}, {weights}, {layer.every_step})"
    raise ConfigError(f"layer {place.name or '0'}: {type(layer).__name__} has no counterpart in NumPy yet")


HELPERS = {
    "sigmoid": '''
def sigmoid(x):
    """1 / (1 + e^-x), without an exponential that overflows"""
    return 0.5 * (1 + np.tanh(0.5 * x))
''',
    "elu": '''
def elu(x, up, down):
    """up x above 0, down (e^x - 1) below"""
    return np.where(x > 0, up * x, down * np.expm1(np.minimum(x, 0)))
''',
    "gelu": '''
def gelu(x):
    """x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))"""
    return 0.5 * x * (1 + np.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))
''',
    "layer_norm": '''
def layer_norm(x, gamma, beta, epsilon):
    """Each row brought to mean 0 and variance 1, then to a learned mean and size."""
    centred = x - x.mean(axis=1, keepdims=True)
    return gamma * centred / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + epsilon) + beta
''',
    "embedding": '''
def embedding(x, table):
    """Whole numbers (N, k) -> their rows of the table (v, d), side by side: (N, k d)"""
    if not ((x >= 0) & (x < len(table)) & (x % 1 == 0)).all():
        raise ValueError(f"x: expected whole numbers in 0 .. {len(table) - 1}")
    return table[x.astype(int)].reshape(len(x), -1)
''',
    "periodic_embedding": '''
def periodic_embedding(x, frequency, phase, weight, bias):
    """Each number, and beside it cosines of it by frequencies of its own, mixed: (N, d) -> (N, d (1 + m))"""
    each = x.T[:, :, None]
    c = np.cos(np.asarray(2 * np.pi, x.dtype) * each * frequency[:, None] + phase[:, None])
    y = np.concatenate([each, c @ weight + bias[:, None]], axis=2)
    return y.swapaxes(0, 1).reshape(len(x), -1)
''',
    "conv1d": '''
def conv1d(x, weight, bias, channels, size, stride, padding):
    """The same weights at every window of a sequence: (N, T i) -> (N, T' o)"""
    steps = np.pad(x.reshape(len(x), -1, channels), ((0, 0), (padding, padding), (0, 0)))
    last = steps.shape[1] - size
    windows = np.concatenate([steps[:, k : last + k + 1 : stride] for k in range(size)], axis=2)
    return (windows @ weight + bias).reshape(len(x), -1)
''',
    "attention": '''
def attention(x, query, key, value, output, heads):
    """Each step of a sequence gathers what it needs from all of them: (N, T d) -> (N, T d)"""
    steps = x.reshape(len(x), -1, len(query))
    q, k, v = (
        (steps @ w).reshape(*steps.shape[:2], heads, -1).swapaxes(1, 2) for w in (query, key, value)
    )
    scores = q @ k.swapaxes(2, 3) / np.sqrt(np.asarray(q.shape[3], x.dtype))
    shares = np.exp(scores - scores.max(axis=3, keepdims=True))
    gathered = shares / shares.sum(axis=3, keepdims=True) @ v
    return (gathered.swapaxes(1, 2).reshape(steps.shape) @ output).reshape(x.shape)
''',
    "lstm": '''
def lstm(x, w, u, b, every_step):
    """One step of a sequence after the other, with a memory in between: (N, T d) -> (N, h) or (N, T h)"""
    h = c = np.zeros((len(x), len(u)), x.dtype)
    states = []
    for step in (x.reshape(len(x), -1, len(w)) @ w + b).swapaxes(0, 1):
        i, f, o, g = np.split(step + h @ u, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.hstack(states) if every_step else h
''',
}
CALLS = {"lstm": ("sigmoid",)}  # what a helper needs beside itself
