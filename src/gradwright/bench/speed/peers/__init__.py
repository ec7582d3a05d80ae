"""The peers: other ways to train the same network, each the best that a careful user of it would write."""

from gradwright.bench.speed.peers.peer import Peer, Runner, Trained
from gradwright.bench.speed.peers.registry import PEERS

__all__ = ["PEERS", "Peer", "Runner", "Trained"]
