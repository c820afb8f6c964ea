"""Three answers to each proposition: what the papers say, what the mechanism is worth, whether the model fits.

The first is reckoned from params/papers whenever it is asked for. The other two come from the fit of all papers and
stand in params/answers.json with the hash of what was frozen before it. docs/verdicts.md says how each is reached.
"""
