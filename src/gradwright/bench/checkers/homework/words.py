"""Causes that name a fault of the families rightly, and that ``Cause`` has no word for."""

WORDS = {
    "ACTIVATION_TWICE": "an activation's derivative is taken twice",
    "AVERAGED": "spread evenly over what only one entry of is due",
    "DOUT_PERMUTED": "dout is read in another order",
    "FACTOR_DROPPED": "a factor that is a parameter, a value or a mask is left out on the way back",
    "FACTOR_INSIDE": "a constant factor within the way back",
    "MASK_OF_GRADIENT": "the mask is taken from what comes back instead of from the input",
    "MEAN_FOR_SUM": "a mean in the place of a sum over an axis",
    "OTHER_ACTIVATION": "the derivative of another activation",
    "OTHER_AXIS": "a sum within the way back goes over another axis",
    "OTHER_PENALTY": "the gradient of another penalty",
    "OVERWRITTEN": "what belongs to one index or place several times is overwritten instead of added",
    "PART_MISSING": "a term, a row or a step of a loop is left out",
    "ROWS_MIXED": "a row gets what belongs to another",
    "SELECTION": "another entry than the one that the maximum or the sorting took",
    "SUM_FOR_MEAN": "a sum in the place of a mean over an axis",
    "TRANSPOSED_INSIDE": "a matrix within the way back is transposed, or is not",
    "TRUNCATED": "what comes back through time is cut off",
    "WEIGHT_FLIPPED": "the filter is turned round where it is not to be, or is not where it is",
    "WRONG_VALUE": "a value of another step of the forward, such as one before a scaling",
    "WRONG_WINDOW": "windows lie at other places than in the forward",
}
