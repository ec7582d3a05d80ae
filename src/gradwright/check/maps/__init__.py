"""Where all of a backward is at hand, it is a linear map of dout, and its faults show in its Jacobians."""
