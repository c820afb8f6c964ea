from . import figures as figures
from .equations import show as show
from .run.record import record as record

__all__: list[str]
