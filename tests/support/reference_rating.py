"""The rating of one symbol as the specification's table reads, in plain Python: slow, and nobody's relative.

It shares no line with the product. Lists are oldest first; None is a missing value.
"""

from __future__ import annotations

from fractions import Fraction

POINTS = 1e-7
Series = list  # of float | None


def rate_one(open_, high, low, close, volume) -> dict:
    """Indicators (`values`), the 26 votes in order (None: absent) and the three fractions of one symbol."""
    values = indicators(high, low, close, volume)
    votes = vote(values, close[-1])
    averages, oscillators = mean(votes[:15]), mean(votes[15:])
    groups = [group for group in (averages, oscillators) if group is not None]
    return {
        "values": {name: series[-1] for name, series in values.items()},
        "votes": votes,
        "moving_averages": averages,
        "oscillators": oscillators,
        "all": sum(groups) / len(groups) if groups else None,
    }


def mean(votes) -> Fraction | None:
    present = [vote for vote in votes if vote is not None]
    return Fraction(sum(present), len(present)) if present else None


def label(rating: Fraction) -> str:
    if rating < Fraction(-1, 2):
        return "STRONG_SELL"
    if rating < Fraction(-1, 10):
        return "SELL"
    if rating <= Fraction(1, 10):
        return "NEUTRAL"
    return "BUY" if rating <= Fraction(1, 2) else "STRONG_BUY"


# series of windows


def rolling(series: Series, n: int, function) -> Series:
    windows = [series[max(end - n, 0) : end] for end in range(1, len(series) + 1)]
    return [function(w) if len(w) == n and None not in w else None for w in windows]


def sma(series: Series, n: int) -> Series:
    return rolling(series, n, lambda w: sum(w) / n)


def wma(series: Series, n: int) -> Series:
    return rolling(series, n, lambda w: sum((i + 1) * x for i, x in enumerate(w)) / (n * (n + 1) / 2))


def seeded(series: Series, n: int, share: float) -> Series:
    """An exponential mean that starts as the plain mean of its first n values."""
    out, present = [], []
    for x in series:
        if x is None:
            out.append(None)
            continue
        present.append(x)
        if len(present) < n:
            out.append(None)
        elif len(present) == n:
            out.append(sum(present) / n)
        else:
            out.append(out[-1] + share * (x - out[-1]))
    return out


def ema(series: Series, n: int) -> Series:
    return seeded(series, n, 2 / (n + 1))


def wilder(series: Series, n: int = 14) -> Series:
    return seeded(series, n, 1 / n)


def each(function, *series: Series) -> Series:
    return [None if None in xs else function(*xs) for xs in zip(*series, strict=True)]


def delayed(series: Series, bars: int = 1) -> Series:
    return [None] * min(bars, len(series)) + series[: max(len(series) - bars, 0)]


def stochastic(x: Series, high: Series, low: Series, least: float = 0.0) -> Series:
    top, bottom = rolling(high, 14, max), rolling(low, 14, min)
    return each(
        lambda v, t, b: 100 * (v - b) / (t - b),
        x,
        *blank(each(lambda t, b: t - b > least, top, bottom), top, bottom),
    )


def blank(keep: Series, *series: Series) -> list[Series]:
    return [[x if k else None for x, k in zip(one, keep, strict=True)] for one in series]


# indicators


def indicators(high, low, close, volume) -> dict[str, Series]:
    out = {f"sma{n}": sma(close, n) for n in (10, 20, 30, 50, 100, 150, 200)}
    out |= {f"ema{n}": ema(close, n) for n in (10, 20, 30, 50, 100, 200)}
    out["hma9"] = wma(each(lambda a, b: 2 * a - b, wma(close, 4), wma(close, 9)), 3)
    traded = sma([c * v for c, v in zip(close, volume, strict=True)], 20)
    out["vwma20"] = each(lambda t, v: t / v, traded, [v or None for v in sma(volume, 20)])
    out |= ichimoku(high, low) | relative_strength(close) | directional(high, low, close)
    raw = stochastic(close, high, low)
    out["stoch_k"] = sma(raw, 3)
    out["stoch_d"] = sma(out["stoch_k"], 3)
    out["williams_r"] = each(lambda r: r - 100, raw)
    out["cci"] = channel(close, close)
    out["cci_hlc3"] = channel([sum(x) / 3 for x in zip(high, low, close, strict=True)], close)
    middle = [(h + b) / 2 for h, b in zip(high, low, strict=True)]
    out["ao"] = each(lambda a, b: a - b, sma(middle, 5), sma(middle, 34))
    out["momentum"] = each(lambda a, b: a - b, close, delayed(close, 10))
    out["macd"] = each(lambda a, b: a - b, ema(close, 12), ema(close, 26))
    out["macd_signal"] = ema(out["macd"], 9)
    out["bull_power"] = each(lambda a, b: a - b, high, ema(close, 13))
    out["bear_power"] = each(lambda a, b: a - b, low, ema(close, 13))
    out["uo"] = ultimate(high, low, close)
    return out


def ichimoku(high, low) -> dict[str, Series]:
    def middle(n: int) -> Series:
        return each(lambda a, b: (a + b) / 2, rolling(high, n, max), rolling(low, n, min))

    tenkan, kijun, span_b = middle(9), middle(26), middle(52)
    span_a = each(lambda a, b: (a + b) / 2, tenkan, kijun)
    clouds = {"cloud_a": delayed(span_a, 26), "cloud_b": delayed(span_b, 26)}
    return {"tenkan": tenkan, "kijun": kijun, "span_a": span_a, "span_b": span_b} | clouds


def relative_strength(close) -> dict[str, Series]:
    change = each(lambda a, b: a - b, close, delayed(close))
    gain, loss = (wilder(each(lambda x, s=s: max(s * x, 0.0), change)) for s in (1, -1))
    rsi = each(lambda g, b: 100 * g / (g + b) if g + b else 50.0, gain, loss)
    k = sma(stochastic(rsi, rsi, rsi, POINTS), 3)
    return {"rsi": rsi, "stoch_rsi_k": k, "stoch_rsi_d": sma(k, 3)}


def true_ranges(high, low, close) -> Series:
    before = delayed(close)
    return each(lambda h, b, c: max(h, c) - min(b, c), high, low, before)


def directional(high, low, close) -> dict[str, Series]:
    ranges = true_ranges(high, low, close)
    rose = each(lambda a, b: a - b, high, delayed(high))
    fell = each(lambda a, b: b - a, low, delayed(low))
    plus = wilder(each(lambda r, f: r if r > f and r > 0 else 0.0, rose, fell))
    minus = wilder(each(lambda r, f: f if f > r and f > 0 else 0.0, rose, fell))
    mean_range = wilder(ranges)
    dx = each(lambda p, m: 100 * abs(p - m) / (p + m) if p + m else 0.0, plus, minus)
    moved = [x or None for x in mean_range]
    return {
        "atr": mean_range,
        "plus_di": each(lambda p, r: 100 * p / r, plus, moved),
        "minus_di": each(lambda m, r: 100 * m / r, minus, moved),
        "adx": each(lambda a, _: a, wilder(dx), moved),
    }


def channel(x: Series, close: Series) -> Series:
    def value(window) -> float | None:
        middle = sum(window) / 20
        deviation = sum(abs(v - middle) for v in window) / 20
        return None if deviation <= 1e-9 * close[-1] else (window[-1] - middle) / (0.015 * deviation)

    return rolling(x, 20, value)


def ultimate(high, low, close) -> Series:
    before = delayed(close)
    pressure = each(lambda c, b, p: c - min(b, p), close, low, before)
    ranges = true_ranges(high, low, close)

    def share(n: int) -> Series:
        whole = [x or None for x in rolling(ranges, n, sum)]
        return each(lambda a, b: a / b, rolling(pressure, n, sum), whole)

    return each(lambda a, b, c: 100 * (4 * a + 2 * b + c) / 7, share(7), share(14), share(28))


# votes

AVERAGES = [f"{kind}{n}" for kind in ("sma", "ema") for n in (10, 20, 30, 50, 100, 200)] + ["hma9", "vwma20"]


def vote(values: dict[str, Series], close: float) -> list[int | None]:
    """The 26 votes, read off the specification's table line by line."""

    def at(name: str, lag: int = 0) -> float | None:
        series = values[name]
        return series[-1 - lag] if len(series) > lag else None

    price = 1e-9 * close

    def gt(a, b, tolerance=POINTS) -> bool:
        return a is not None and b is not None and a - b > tolerance

    def cast(buy, sell, *, present) -> int | None:
        return int(buy) - int(sell) if present else None

    def has(name: str, lag: int = 0) -> bool:
        return at(name, lag) is not None

    votes = [cast(gt(close, at(n), price), gt(at(n), close, price), present=has(n)) for n in AVERAGES]
    a, b, k, t = at("cloud_a"), at("cloud_b"), at("kijun"), at("tenkan")
    up = gt(a, b, price) and gt(k, a, price) and gt(t, k, price) and gt(close, t, price)
    down = gt(b, a, price) and gt(a, k, price) and gt(k, t, price) and gt(t, close, price)
    votes.append(cast(up, down, present=has("span_b")))

    def turn(name: str, low: float, high: float) -> int | None:
        now, before = at(name), at(name, 1)
        buy, sell = gt(low, now) and gt(now, before), gt(now, high) and gt(before, now)
        return cast(buy, sell, present=before is not None)

    def extremes(k, d) -> tuple[bool, bool]:
        return gt(20, k) and gt(20, d) and gt(k, d), gt(k, 80) and gt(d, 80) and gt(d, k)

    votes.append(turn("rsi", 30, 70))
    votes.append(cast(*extremes(at("stoch_k"), at("stoch_d")), present=has("stoch_d", 1)))
    votes.append(turn("cci", -100, 100))
    strong = gt(at("adx"), 20) and gt(at("adx"), at("adx", 1))
    plus, minus = at("plus_di"), at("minus_di")
    votes.append(cast(strong and gt(plus, minus), strong and gt(minus, plus), present=has("adx")))
    ao = [at("ao", lag) for lag in range(3)]
    positive, negative = gt(ao[0], 0, price), gt(0, ao[0], price)
    was_positive, was_negative = gt(ao[1], 0, price), gt(0, ao[1], price)
    dip = was_positive and gt(ao[0], ao[1], price) and gt(ao[2], ao[1], price)
    peak = was_negative and gt(ao[1], ao[0], price) and gt(ao[1], ao[2], price)
    votes.append(
        cast(
            positive and (not was_positive or dip),
            negative and (not was_negative or peak),
            present=has("ao", 1),
        )
    )
    now, before = at("momentum"), at("momentum", 1)
    votes.append(cast(gt(now, before, price), gt(before, now, price), present=has("momentum", 1)))
    now, signal = at("macd"), at("macd_signal")
    votes.append(cast(gt(now, signal, price), gt(signal, now, price), present=has("macd_signal")))
    rising, falling = gt(close, at("ema50"), price), gt(at("ema50"), close, price)
    buy, sell = extremes(at("stoch_rsi_k"), at("stoch_rsi_d"))
    votes.append(cast(falling and buy, rising and sell, present=has("ema50")))
    votes.append(turn("williams_r", -80, -20))
    bull, bear = at("bull_power"), at("bear_power")
    buy = rising and gt(0, bear, price) and gt(bear, at("bear_power", 1), price)
    sell = falling and gt(bull, 0, price) and gt(at("bull_power", 1), bull, price)
    votes.append(cast(buy, sell, present=has("ema50")))
    votes.append(cast(gt(at("uo"), 70), gt(30, at("uo")), present=has("uo")))
    return votes
