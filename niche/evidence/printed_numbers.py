"""Numbers as papers and spreadsheets print them: read where it is sure what is meant, else refused in a sentence."""

import math
import re
import unicodedata
from typing import NamedTuple

from niche.errors import NicheError

_LONG = 120  # characters of a number with all that may stand beside it
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_POWER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))\s*[x*·]\s*10\s*\^?\s*([+-]?\d+)")
_SPACED = re.compile(r"[+-]?\d{1,3}([ ']\d{3})+([.,]\d+)?")
_COMMAS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")  # 1,045.5
_POINTS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?")  # 1.045,5
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")  # 1,045: a thousand, or one and a bit
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"), "-")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f"), " ") | dict.fromkeys(map(ord, "\u2019\u02bc"), "'")
_SIGNS = _DASHES | _SPACES | {ord("\u00d7"): "x", ord("\u22c5"): "·"}
_N = r"[+-]?(?:\d[\d., ']*\d|\.?\d+)(?:[eE][+-]?\d+)?"
_SPREAD = re.compile(
    rf"({_N})\s*%?\s*(?:±|\+\s*/?\s*-)\s*({_N})\s*%?(?:\s*(SD|SEM|SE))?\s*(?:[(\[]?\s*n\s*=\s*([^)\]]+?)\s*[)\]]?)?"
)
_INTERVAL = re.compile(
    rf"({_N})\s*%?\s*[(\[]\s*(?:([\d.]+)\s*%?\s*(?:CI|CrI|confidence interval)\s*[:,=]?\s*)?"
    rf"({_N})\s*%?\s*(?:to|-|;|,\s)\s*({_N})\s*%?\s*[)\]]",
    re.IGNORECASE,
)


class PrintedValue(NamedTuple):
    """A value as it stood in a cell, with what stood beside it; None or "" where nothing did."""

    value: float
    spread: float | None = None
    kind: str = ""  # of the spread: "SD" or "SE"
    n: str = ""
    low: float | None = None
    high: float | None = None
    level: float | None = None


def cleaned(text: str) -> str:
    """Text with one kind of minus, of blank and of apostrophe, and powers of ten as plain digits."""
    powers = re.sub(r"(?<=10)[\u207a\u207b\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+", _lowered, text)
    return powers.translate(_SIGNS).strip()


def _lowered(found: re.Match) -> str:
    return "^" + unicodedata.normalize("NFKC", found[0])


def printed_number(text: str, decimal: str = ".") -> float:
    """A number from a cell.

    Parameters
    ----------
    decimal
        how the table writes decimals: ".", "," or "?" where that is not known

    Raises
    ------
    NicheError
        with the reason, where it is no finite number or might be two
    """
    said = cleaned(text)
    if len(text) > _LONG:
        raise NicheError(f"{text[:_LONG]!r} ... is not a number")
    if decimal != "." and _EITHER.fullmatch(said) and not (decimal == "," and "," in said):
        raise _two(text, said)
    if decimal == "." and re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", said):
        raise _two(text, said)
    foreign = any(sign.isdigit() and not sign.isascii() for sign in said)
    found = None if foreign else _plain(said, decimal)
    if found is None or not math.isfinite(found):
        raise NicheError(f"{text!r} is not a number{_reason(said)}")
    return found


def _plain(said: str, decimal: str) -> float | None:
    if _PLAIN.fullmatch(said):
        return float(said)
    if power := _POWER.fullmatch(said):
        return float(f"{power[1]}e{power[2]}")
    if decimal != "." and _DECIMAL_COMMA.fullmatch(said):
        return float(said.replace(",", "."))
    if _COMMAS.fullmatch(said):
        return float(said.replace(",", ""))
    if _POINTS.fullmatch(said):
        return float(said.replace(".", "").replace(",", "."))
    if _SPACED.fullmatch(said) and not (decimal == "." and "," in said):
        return float(re.sub("[ ']", "", said).replace(",", "."))
    return None


def _two(text: str, said: str) -> NicheError:
    whole, part = re.sub("[.,]", "", said), re.sub("[.,]", ".", said)
    return NicheError(f"{text!r} is {whole} or {float(part):g}: write it without a separator of thousands")


def _reason(said: str) -> str:
    if "_" in said and _PLAIN.fullmatch(said.replace("_", "")):
        return f": digits are not grouped by '_'; write {said.replace('_', '')}"
    if _DECIMAL_COMMA.fullmatch(said):
        return f": a decimal is written with a point; write {said.replace(',', '.')}"
    if said.lower() in ("nan", "inf", "-inf", "+inf", "infinity", "na", "n/a", "nd", "-", "?"):
        return ": leave the cell empty where nothing was measured"
    if said.startswith("#"):
        return ": the spreadsheet wrote an error into this cell"
    if said[:1] in "<>~\u2264\u2265\u2248" or said.lower().startswith(("ca", "about")):
        return ": write the number alone, and say in the notes that it is a bound or approximate"
    return ""


def printed_value(text: str, decimal: str = ".") -> PrintedValue:
    """A value and what is printed with it: "45.5", "45.5 ± 12 (n=8)", "0.83 (95% CI 0.76 to 0.90)".

    Raises
    ------
    NicheError
        with the reason
    """
    said = cleaned(text)
    if len(text) > _LONG:
        raise NicheError(f"{text[:_LONG]!r} ... is not a number")
    if found := _SPREAD.fullmatch(said):
        return PrintedValue(
            printed_number(found[1], decimal), printed_number(found[2], decimal), _kind(found[3]), found[4] or ""
        )
    if found := _INTERVAL.fullmatch(said):
        low, high = printed_number(found[3], decimal), printed_number(found[4], decimal)
        level = float(found[2]) if found[2] and re.fullmatch(r"\d+(\.\d+)?", found[2]) else None
        return PrintedValue(printed_number(found[1], decimal), low=low, high=high, level=level)
    return PrintedValue(printed_number(said if said != text.strip() else text, decimal))


def _kind(said: str | None) -> str:
    return "" if not said else "SD" if said == "SD" else "SE"


def half_unit(text: str) -> float:
    """Half a unit of the last digit that is printed: how far rounding may have moved a number."""
    found = re.search(r"(\d*)(?:[.,](\d+))?(?:[eE]([+-]?\d+))?\s*%?$", cleaned(text))
    decimals, power = (len(found[2] or ""), int((found[3] or "0")[:6])) if found else (0, 0)
    return 0.5 * 10.0 ** max(min(power - decimals, 300), -300)
