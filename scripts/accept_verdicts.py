"""Write today's verdicts of rows and controls to params/expected_rows.yaml: run on purpose, commit with the reason.

    python scripts/accept_verdicts.py

A claim's own verdict is not touched: change `expected` in params/claims.yaml by hand, and say why.
"""

import yaml

from niche.files import write_whole
from niche.params.records import root
from niche.verdicts.claims import expected_part, explains, judge, not_judged

HEAD = """# The verdict of every row and control today, written by scripts/accept_verdicts.py.
# `./check` fails when one of them changes.
"""


def main() -> None:
    """Judge every claim with the shipped posterior and write the parts of its verdict."""
    if why := not_judged():
        raise SystemExit(f"no claim is judged, so there is nothing to accept. {why}")
    found = {}
    for verdict in judge():
        name = verdict.id
        found[name] = {row.id: expected_part(row) for row in verdict.rows} | {
            c.name: explains(c) for c in verdict.controls
        }
        for change in verdict.changed:
            print(f"{name}: {change}")
        if verdict.verdict != verdict.expected:
            print(f"{name}: the claim is {verdict.verdict!r}, params/claims.yaml expects {verdict.expected!r}")
    file = root() / "expected_rows.yaml"
    write_whole(file, HEAD + yaml.safe_dump({"claims": found}, sort_keys=False))


if __name__ == "__main__":
    main()
