"""What depends on what: the code that a function reaches, the entries of `params/` that it uses, and their hashes.

`sources` reads code without comments and docstrings, `reached` follows imports and names through it, `tables` reads
the entries of `params/` by name. A stored result keeps what these say (a hash for each module and each entry), so
that what changed since can be told by name.
"""

from niche.provenance.digests import digest, digest_bytes, parameters_hash
from niche.provenance.reached import code_digest, reached_code, reached_text
from niche.provenance.sources import Sources, installed, source_digest
from niche.provenance.tables import GONE, Tables, yaml_digest

__all__ = [
    "GONE",
    "Sources",
    "Tables",
    "code_digest",
    "digest",
    "digest_bytes",
    "installed",
    "parameters_hash",
    "reached_code",
    "reached_text",
    "source_digest",
    "yaml_digest",
]
