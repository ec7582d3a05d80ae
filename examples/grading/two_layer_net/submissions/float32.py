"""Everything is computed in float32, to be quick."""

import numpy as np


class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):  # type: ignore[no-untyped-def]
        rng = np.random.default_rng(0)
        self.params = {}
        self.params["W1"] = std * rng.standard_normal((input_size, hidden_size))
        self.params["b1"] = np.zeros(hidden_size)
        self.params["W2"] = std * rng.standard_normal((hidden_size, output_size))
        self.params["b2"] = np.zeros(output_size)

    def loss(self, X, y, reg=0.0):  # type: ignore[no-untyped-def]
        W1, b1, W2, b2 = (self.params[k].astype(np.float32) for k in ("W1", "b1", "W2", "b2"))
        X = X.astype(np.float32)
        N = X.shape[0]

        hidden = np.maximum(0, X @ W1 + b1)
        scores = hidden @ W2 + b2

        scores = scores - scores.max(axis=1, keepdims=True)
        log_probs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        probs = np.exp(log_probs)
        loss = -log_probs[np.arange(N), y].mean()
        loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2))

        dscores = probs.copy()
        dscores[np.arange(N), y] -= 1
        dscores /= N
        dhidden = dscores @ W2.T
        dhidden[hidden <= 0] = 0
        grads = {
            "W1": X.T @ dhidden + 2 * reg * W1,
            "b1": dhidden.sum(axis=0),
            "W2": hidden.T @ dscores + 2 * reg * W2,
            "b2": dscores.sum(axis=0),
        }
        return loss, grads
