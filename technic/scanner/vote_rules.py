"""What each of the 26 votes goes by, in words: the rules that `votes` casts by, for people who ask why."""

from __future__ import annotations

from collections.abc import Mapping

from technic.scanner.votes import AVERAGES

_AVERAGE = "Buy while the close is above it, sell while it is below."

VOTE_RULES: Mapping[str, str] = {
    **dict.fromkeys(AVERAGES, _AVERAGE),
    "ichimoku": "Buy while span A of 26 bars ago is above span B, the base line above span A, the conversion "
    "line above the base line and the close above that; sell while all four are the other way round.",
    "rsi": "Buy when it is below 30 and rises, sell when it is above 70 and falls.",
    "stoch": "Buy when %K and %D are below 20 and %K is above %D; sell when both are above 80 and %K is "
    "below %D.",
    "cci": "Buy when it is below -100 and rises, sell when it is above 100 and falls.",
    "adx": "When it is above 20 and rises: buy with +DI above -DI, sell with +DI below -DI.",
    "ao": "Buy when it comes from zero or below to above, or turns up above zero; sell when it comes from "
    "zero or above to below, or turns down below zero.",
    "momentum": "Buy when it rises, sell when it falls.",
    "macd": "Buy while the MACD is above its signal, sell while it is below.",
    "stoch_rsi": "Buy with the close below EMA 50 when %K and %D are below 20 and %K is above %D; sell with "
    "the close above EMA 50 when both are above 80 and %K is below %D.",
    "williams_r": "Buy when it is below -80 and rises, sell when it is above -20 and falls.",
    "bull_bear_power": "Buy with the close above EMA 50 when bear power is below zero and rises; sell with "
    "the close below EMA 50 when bull power is above zero and falls.",
    "uo": "Buy above 70, sell below 30.",
}
"""One sentence a vote, by its name."""
