"""The science: plain equations, no numerics, no input or output. Imports nothing of the rest of `niche`."""
