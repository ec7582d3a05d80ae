"""All peers by name, ours first, in the order of the tables."""

from gradwright.bench.speed.peers import (
    engines,
    jax,
    numba,
    rivals,
    scikit_learn,
    student,
    torch_autograd,
    torch_variants,
    torch_vmap,
)

MODULES = (
    engines, student, numba, scikit_learn, torch_autograd, torch_variants, torch_vmap, jax, rivals
)  # fmt: skip
PEERS = {peer.name: peer for module in MODULES for peer in module.PEERS}
