"""Amounts in yuan, as text."""

from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

HUNDRED_MILLION, TEN_THOUSAND = Decimal(10**8), Decimal(10**4)


def yuan_words(sum_yuan: Decimal) -> str:
    """An amount as people say it, never rounded: 2 亿元, 12.5 万元, 3,200.50 元.

    亿 and 万 are used if two decimals or fewer give the exact amount. English shows the full figure.
    """
    if get_language() == "en":
        return f"¥{_figure(sum_yuan)}"
    for unit, words in ((HUNDRED_MILLION, _("%(sum)s 亿元")), (TEN_THOUSAND, _("%(sum)s 万元"))):
        if sum_yuan >= unit and sum_yuan % (unit / 100) == 0:
            return words % {"sum": _trimmed(sum_yuan / unit)}
    return _("%(sum)s 元") % {"sum": _figure(sum_yuan)}


def _figure(amount: Decimal) -> str:
    """The figure with two decimals, or none if they are zero."""
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"


def _trimmed(amount: Decimal) -> str:
    text = f"{amount:,.2f}"
    return text.rstrip("0").rstrip(".")
