"""Another library's functions as the checker takes them; ``check.torch`` and ``check.jax`` are the doors."""
