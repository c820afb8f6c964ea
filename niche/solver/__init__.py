"""From equations as Python to compiled solutions and their adjoint; no biology."""
