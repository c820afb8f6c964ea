from .doses import Regimen as Regimen
from .held import Lesion as Lesion
from .held import Sustained as Sustained
from .profiles import Levels as Levels
from .profiles import levels as levels
from .regimens import regimen as regimen
from .table import Kinetics as Kinetics
from .table import read_drugs as read_drugs
from .verify import outcomes as outcomes

__all__: list[str]
