from . import figures as figures
from .equations import show as show

__all__: list[str]
