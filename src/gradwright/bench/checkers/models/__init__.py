"""One kind of model per file, in the style of a homework, each with the mistakes that belong to it."""
