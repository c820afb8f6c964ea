"""The reading site: pages written from the registry, the evidence and the equations, and built with Sphinx."""
