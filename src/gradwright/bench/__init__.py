"""gradwright beside its peers, in one run on one machine: how fast it trains, and which faults it finds."""
