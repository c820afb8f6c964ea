"""Write JSON schemas for editors."""

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Tell the parser of this command."""
    about = "write a JSON schema of each kind of file to params/schemas, for editors"
    one = commands.add_parser(
        "schema",
        help=about,
        description=about.capitalize() + ".",
        epilog="An editor with a YAML language server then completes keys and marks mistakes: the first line of each "
        "file of params/ names its schema. For a file of your own, write such a line with the path to params/schemas.",
    )
    one.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="write there instead")
    one.set_defaults(run=_schema)


def _schema(given: argparse.Namespace) -> int:
    from compendium.schemas import write_schemas

    files = write_schemas(given.output)
    print(f"wrote {len(files)} schemas to {files[0].parent}")
    return 0
