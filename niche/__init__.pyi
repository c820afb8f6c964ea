from .answering.claims import answers as answers
from .errors import NicheError as NicheError
from .experiment.effects import effect as effect
from .experiment.hosts import Hosts as Hosts
from .experiment.hosts import hosts as hosts
from .experiment.listing import conditions as conditions
from .experiment.listing import drugs as drugs
from .experiment.listing import lines as lines
from .experiment.listing import observables as observables
from .experiment.listing import sites as sites
from .experiment.listing import strains as strains
from .experiment.listing import systems as systems
from .experiment.protocol import Protocol as Protocol
from .experiment.simulation import simulate as simulate
from .supporting.answer import Support as Support
from .supporting.answer import support as support
from .verdicts.claims import Claim as Claim
from .verdicts.claims import Verdict as Verdict
from .verdicts.claims import claim as claim
from .verdicts.claims import claim_ids as claim_ids

__version__: str
__all__: list[str]
