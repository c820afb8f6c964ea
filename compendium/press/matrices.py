"""The linear part of how a drawing program places things: (a, b, c, d) takes (x, y) to (a x + c y, b x + d y)."""

import math

Matrix = tuple[float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0)


def times(inner: Matrix, outer: Matrix) -> Matrix:
    """First the inner, then the outer."""
    a, b, c, d = inner
    e, f, g, h = outer
    return (a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)


def tall(matrix: Matrix) -> float:
    """By how much the height of a letter grows."""
    return math.hypot(matrix[2], matrix[3])


def least(matrix: Matrix) -> float:
    """By how much the thinnest part of a line grows: the smaller singular value."""
    a, b, c, d = matrix
    total, area = a * a + b * b + c * c + d * d, abs(a * d - b * c)
    return math.sqrt(max(0.0, (total - math.sqrt(max(0.0, total * total - 4 * area * area))) / 2))
