"""All peers by name, ours first, in the order of the tables."""

from gradwright.bench.speed.peers import (
    engines,
    jax,
    scikit_learn,
    student,
    torch_autograd,
    torch_regularized,
    torch_vmap,
)

PEERS = {
    peer.name: peer
    for module in (engines, student, scikit_learn, torch_autograd, torch_regularized, torch_vmap, jax)
    for peer in module.PEERS
}
