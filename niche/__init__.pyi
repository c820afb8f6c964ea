from .answering.claim import Claim as Claim
from .answering.claim import claim as claim
from .answering.claims import answers as answers
from .answering.registry import claim_ids as claim_ids
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
from .params.posterior import Posterior as Posterior
from .params.posterior import read_posterior as read_posterior
from .supporting.answer import Support as Support
from .supporting.answer import support as support

__version__: str
__all__: list[str]
