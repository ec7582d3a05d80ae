"""Causes that name a fault of the families rightly, and that ``Cause`` has no word for."""

WORDS = {
    "MEAN_FOR_SUM": "a mean in the place of a sum over an axis",
    "SUM_FOR_MEAN": "a sum in the place of a mean over an axis",
    "OTHER_ACTIVATION": "the derivative of another activation",
    "FACTOR_DROPPED": "a factor that is a parameter or a value is left out on the way back",
    "WRONG_VALUE": "a value of another step of the forward, such as one before a scaling",
    "MASK_OF_GRADIENT": "the mask is taken from what comes back instead of from the input",
    "OVERWRITTEN": "what belongs to one index or place several times is overwritten instead of added",
    "SELECTION": "another entry than the one that the maximum or the sorting took",
    "AVERAGED": "spread evenly over what only one entry of is due",
    "PART_MISSING": "a term, a row or a step of a loop is left out",
    "DOUT_PERMUTED": "dout is read in another order",
    "ROWS_MIXED": "a row gets what belongs to another",
    "OTHER_PENALTY": "the gradient of another penalty",
    "FACTOR_INSIDE": "a constant factor within the way back",
    "ACTIVATION_TWICE": "an activation's derivative is taken twice",
}
