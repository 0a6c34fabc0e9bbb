"""The bars of the simulated market, made for any symbol and any year without making those before.

A log price is a sum of four: the company's own level, the market's path times its beta, its sector's path
and a path of its own. Each path is known at every year's end (a moving average of hashed yearly shocks, so
no year needs the one before it) and inside a year a bridge between the two ends: daily shocks with fat
tails, their size following a volatility that wanders over years, months and weeks, as it does in markets
(R. Cont, Empirical properties of asset returns, Quantitative Finance 1, 2001).

So bars depend on the seed, the number and the date alone: not on how many symbols or years are asked
for, nor on which stand beside them.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from technic.scanner.sources.simulated_companies import (
    MEMORY,
    YEARLY,
    YEARS,
    Streams,
    Traits,
    walk,
    year_index,
)
from technic.scanner.sources.simulated_listings import Numbers
from technic.scanner.sources.trading_days import trading_days
from technic.scanner.units import Floats

FIRST_YEAR, LAST_YEAR = 1970, 2099
"""The years that can be made."""

_MARKET_NUMBER = 2**32
_MARKET_VOLATILITY, _SECTOR_VOLATILITY = 0.009, 0.005
_DRIFT, _DRIFT_FROM = 0.05, 2015
_MONTHS, _WEEKS = 12, 52
_KNOTS = (_MONTHS - 1) + (_WEEKS - 1)
_NEWS_SHOCK, _NEWS_VOLUME = 2.5, 0.8
_MOST_VOLUME = 21.5


@lru_cache(maxsize=512)
def _factor(
    seed: int, number: int, year: int, volatility: float, drift: float
) -> tuple[Floats, Floats, float]:
    """A common path inside a year: its daily log returns, their volatility, and its level at the start."""
    streams, days = Streams(seed), len(trading_days(year))
    shocks = streams.at(number, 0).standard_normal((1, 2 * YEARS))
    level = walk(shocks[:, :YEARS], persistence=0.9) * (YEARLY * volatility)
    mood = 0.3 * shocks[:, YEARS + MEMORY - 1 :]
    draws = streams.at(number, year).standard_normal((1, 2 * days + _KNOTS))
    sigma = volatility * np.exp(_mood_of_days(mood, draws[:, 2 * days :], year))
    returns = sigma * draws[:, :days] * np.exp(0.25 * draws[:, days : 2 * days])
    at = year_index(year)
    target = level[:, at] - level[:, at - 1] + drift
    returns += ((target - returns.cumsum(axis=1)[:, -1]) / days)[:, None]
    start = float(level[0, at - 1]) + drift * (year - _DRIFT_FROM)
    returns.setflags(write=False)
    sigma.setflags(write=False)
    return returns[0], sigma[0], start


def _mood_of_days(mood: Floats, knots: Floats, year: int) -> Floats:
    """Log volatility as n x days, a sum of three lines with knots at the ends of years, months and weeks."""
    days, at = len(trading_days(year)), year_index(year)
    edge = np.zeros((mood.shape[0], 1))
    months = np.hstack((edge, 0.35 * knots[:, : _MONTHS - 1], edge))
    weeks = np.hstack((edge, 0.35 * knots[:, _MONTHS - 1 :], edge))
    return _line(mood[:, at - 1 : at + 1], days) + _line(months, days) + _line(weeks, days)


def _line(knots: Floats, days: int) -> Floats:
    """Straight lines between equally spaced knots, n x days."""
    place = (np.arange(days) + 0.5) * ((knots.shape[1] - 1) / days)
    left = place.astype(np.int64)
    share = place - left
    line: Floats = knots[:, left] * (1.0 - share) + knots[:, left + 1] * share
    return line


def year_of_bars(seed: int, company: Traits, year: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """All bars of n companies in one year.

    Returns:
        float64 n x 5 x days, open high low close volume; and, n x days, whether there is a bar at all.
    """
    days = trading_days(year)
    draws = _draws(seed, company.numbers, year, len(days))
    z = draws[:, : 7 * len(days)].reshape(len(draws), 7, len(days))
    news = _news_days(company.news, len(days))
    mood = _mood_of_days(company.mood, draws[:, 7 * len(days) :], year)
    shock = z[:, 0] * np.exp(0.25 * z[:, 1]) * np.where(news, _NEWS_SHOCK, 1.0)
    own = company.volatility[:, None] * np.exp(mood)
    returns, common, start = _returns(seed, company, year, own * shock)
    size = own + 0.5 * common
    values = np.empty((len(draws), 5, len(days)))
    values[:, :4] = _prices(start[:, None], returns, size, z[:, 2:5], news=news)
    busy = company.turnover[:, None] + 0.45 * mood + 0.3 * z[:, 5] + 0.25 * np.abs(shock)
    busy += np.where(news, _NEWS_VOLUME, 0.0)
    values[:, 4] = np.rint(np.exp(np.minimum(busy, _MOST_VOLUME))) + 100.0
    there = (days >= company.listed[:, None]) & (z[:, 6] <= company.lacks[:, None])
    return values, there


def _draws(seed: int, numbers: Numbers, year: int, days: int) -> Floats:
    """Every normal number that a year needs, a row for each company, from its own stream."""
    streams = Streams(seed)
    draws = np.empty((len(numbers), 7 * days + _KNOTS))
    for row, number in enumerate(numbers.tolist()):
        streams.at(number, year).standard_normal(out=draws[row])
    return draws


def _news_days(news: Floats, days: int) -> npt.NDArray[np.bool_]:
    """As n x days: the four days of a year on which a company reports."""
    place = ((np.arange(4) + news[:, None]) * (days / 4)).astype(np.int64)
    marked = np.zeros((len(news), days), dtype=np.bool_)
    marked[np.arange(len(news))[:, None], place] = True
    return marked


def _returns(seed: int, company: Traits, year: int, own: Floats) -> tuple[Floats, Floats, Floats]:
    """Log returns and the volatility that comes from the market, n x days; n log prices at the start."""
    at, beta = year_index(year), company.beta[:, None]
    market, market_sigma, market_start = _factor(seed, _MARKET_NUMBER, year, _MARKET_VOLATILITY, _DRIFT)
    numbers = [_MARKET_NUMBER + 1 + sector for sector in company.sectors.tolist()]
    sectors = [_factor(seed, number, year, _SECTOR_VOLATILITY, 0.0) for number in numbers]
    target = company.path[:, at] - company.path[:, at - 1]
    own = own + ((target - own.cumsum(axis=1)[:, -1]) / own.shape[1])[:, None]
    returns = own + beta * market + np.stack([sector[0] for sector in sectors])
    sector_start = np.array([sector[2] for sector in sectors])
    start = company.level + company.beta * market_start + sector_start + company.path[:, at - 1]
    return returns, beta * market_sigma, start


def _prices(
    start: Floats, returns: Floats, size: Floats, z: Floats, *, news: npt.NDArray[np.bool_]
) -> Floats:
    """Open, high, low, close as n x 4 x days. News come overnight, most of the rest by day."""
    close = start + returns.cumsum(axis=1)
    before = np.hstack((start, close[:, :-1]))
    opening = before + np.where(news, 0.8, 0.3) * returns + 0.3 * size * z[:, 0]
    top = np.maximum(opening, close) + 0.5 * size * np.abs(z[:, 1])
    bottom = np.minimum(opening, close) - 0.5 * size * np.abs(z[:, 2])
    return _ticks(np.exp(np.stack((opening, top, bottom, close), axis=1)))


def _ticks(price: Floats) -> Floats:
    """Prices in cents, below one in hundredths of a cent, never nothing. Keeps their order."""
    coarse, fine = np.rint(price * 100.0) / 100.0, np.rint(price * 10_000.0) / 10_000.0
    return np.maximum(np.where(price < 1.0, fine, coarse), 0.0001)
