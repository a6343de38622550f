"""The analysis of a store's stock once more, with pandas and numpy, to be measured against: figure by figure that of
docs/INVENTORY.md. Written as a careful data engineer would: bulk COPY both ways, no Python loop over variants, numpy arrays
over all variants at once for the forecasts. Floats take the place of exact decimals, which is to its advantage.

    DATABASE_URL=… analyse.py ACCOUNT STORE AS_OF ANALYSIS

Prints one JSON object: seconds of reading, computing and writing, and how many items differ from those of the analysis.
"""

import io
import json
import os
import sys
import time

import numpy as np
import pandas as pd
import psycopg

HISTORY, LOOK_BACK, WEEKS = 728, 91, 104
LEAD, REVIEW, OVERSTOCK, DEAD, HOLDING = 14, 7, 180, 90, 0.25
Z = 1.6448536269514722  # the normal quantile of 95 %
HORIZON = -(-(LEAD + REVIEW) // 7)

# What cannot be told where nothing is known of the stock.
OF_STOCK = [
    "on_hand",
    "available",
    "incoming",
    "days_of_cover",
    "safety_stock",
    "reorder_point",
    "order_up_to",
    "suggested_quantity",
    "lost_revenue_per_day",
    "days_uncovered",
    "value_average",
    "value_fifo",
    "age_days",
    "overstock_quantity",
    "overstock_value",
    "sell_out_on",
    "last_order_on",
]


def half_up(values, decimals):
    scale = 10.0**decimals
    # What is a hair below a half is a half that floats cannot hold.
    scaled = np.round(values * scale, 6)
    return np.trunc(scaled + np.copysign(0.5, scaled)) / scale


def read(connection, account, store, as_of):
    """Every table in one pass, as CSV, which pandas reads fastest."""

    def table(sql, **options):
        file = io.BytesIO()
        with connection.cursor().copy(f"COPY ({sql}) TO STDOUT (FORMAT csv, HEADER)") as copy:
            for chunk in copy:
                file.write(chunk)
        file.seek(0)
        return pd.read_csv(file, **options)

    mine = f"account_id = '{account}' AND store_id = '{store}'"
    variants = table(f"SELECT id, sku, price, cost FROM variants WHERE {mine}")
    first = f"date '{as_of}' - {HISTORY - 1}"
    sales = table(
        f"SELECT variant_id, day - ({first}) AS day, units, gross FROM daily_product_sales "
        f"WHERE {mine} AND day BETWEEN {first} AND '{as_of}' AND units IS NOT NULL"
    )
    supplies = table(
        "SELECT DISTINCT ON (p.variant_id) p.variant_id, coalesce(p.lead_time_days, v.lead_time_days) AS lead, "
        "p.minimum_quantity AS minimum, p.pack_size AS pack FROM supplier_prices p "
        "JOIN vendors v ON v.account_id = p.account_id AND v.id = p.vendor_id "
        f"WHERE p.account_id = '{account}' AND p.store_id = '{store}'"
    )
    changes = table(
        f"SELECT variant_id, occurred_at::date - ({first}) AS day, quantity, unit_cost FROM stock_movements "
        f"WHERE {mine} AND level = 'on_hand' AND reason <> 'transfer' AND occurred_at < date '{as_of}' + 1 ORDER BY occurred_at, id"
    )
    levels = table(f"SELECT variant_id, on_hand, reserved, incoming FROM stock_levels WHERE {mine}")
    # As of a day in the past nothing is known of a level whose ledger begins later.
    levels = levels[levels["variant_id"].isin(changes["variant_id"])].copy()
    number = pd.Series(np.arange(len(variants)), index=variants["id"])
    for frame in (sales, supplies, changes, levels):
        frame["variant"] = frame.pop("variant_id").map(number).to_numpy()
    return variants, sales, supplies, changes.sort_values("variant", kind="stable"), levels


def days_out(units, on_hand, changes, first_change):
    """Marks days of the look-back without stock from beginning to end, and without a sale."""
    count = len(on_hand)
    quantity = changes["quantity"].to_numpy(float)
    variant = changes["variant"].to_numpy()
    # Stock before each change, going back from today.
    moved = changes.groupby("variant")["quantity"].transform("sum").to_numpy() - changes.groupby("variant")["quantity"].cumsum().to_numpy()
    before = on_hand[variant] - moved - quantity
    day = changes["day"].to_numpy() - (HISTORY - LOOK_BACK)
    within = day >= 0
    per_day = np.zeros((count, LOOK_BACK))
    np.add.at(per_day, (variant[within], day[within]), quantity[within])
    later = np.cumsum(per_day[:, ::-1], axis=1)[:, ::-1]
    at_end = on_hand[:, None] - (later - per_day)
    highest = np.maximum(at_end, at_end - per_day)
    np.maximum.at(highest, (variant[within], day[within]), before[within])
    begun = np.arange(LOOK_BACK)[None, :] > (first_change - (HISTORY - LOOK_BACK))[:, None]
    return begun & (highest <= 0) & (units <= 0)


def forecast(weeks, count):
    """The best of five methods by back-test, for all variants at once; `weeks` end with the last one, `count` are known."""
    number, length = weeks.shape
    start = length - count
    column = np.arange(length)
    tested = np.clip(count // 4, 4, 13)
    test = length - tested
    learning = (column >= (start + 4)[:, None]) & (column < test[:, None])
    testing = (column >= test[:, None]) & (column >= start[:, None])
    known = (count >= 8) & ((weeks > 0).any(axis=1))

    def error(told, mask):
        size = mask.sum(axis=1)
        return np.sqrt(np.where(mask, (weeks - told) ** 2, 0).sum(axis=1) / np.maximum(size, 1))

    def moving_average():
        told = np.zeros_like(weeks)
        sums = np.concatenate([np.zeros((number, 1)), np.cumsum(weeks, axis=1)], axis=1)
        for at in range(length + 1):
            size = np.clip(at - start, 0, 4)
            mean = (sums[:, at] - sums[np.arange(number), at - size]) / np.maximum(size, 1)
            if at < length:
                told[:, at] = mean
        return told, np.maximum(mean, 0)

    def smoothing(alpha):
        told = np.zeros_like(weeks)
        level = weeks[np.arange(number), np.minimum(start, length - 1)].copy()
        for at in range(length):
            told[:, at] = level
            active = at >= start
            level = np.where(active, level + alpha * (weeks[:, at] - level), level)
        return told, np.maximum(level, 0)

    def holt(alpha, beta):
        told = np.zeros_like(weeks)
        first = weeks[np.arange(number), np.minimum(start, length - 1)]
        following, trend = first.copy(), np.zeros(number)
        for at in range(length):
            told[:, at] = np.maximum(following, 0)
            active, second = at >= start, at == start + 1
            miss = weeks[:, at] - following
            level = np.where(second, weeks[:, at], following + alpha * miss)
            new_trend = np.where(second, weeks[:, at] - first, trend + alpha * beta * miss)
            trend = np.where(active, new_trend, trend)
            following = np.where(active, level + trend, following)
        ahead = np.maximum(following[:, None] + trend[:, None] * np.arange(HORIZON), 0)
        return told, ahead.mean(axis=1)

    def seasonal():
        told = np.zeros_like(weeks)
        told[:, 1:] = weeks[:, :-1]
        told[np.arange(number), np.minimum(start, length - 1)] = 0
        sums = np.concatenate([np.zeros((number, 1)), np.cumsum(weeks, axis=1)], axis=1)

        def factor(at):
            if at < 60:
                return np.ones(number)
            recent, before = sums[:, at] - sums[:, at - 8], sums[:, at - 52] - sums[:, at - 60]
            ratio = np.divide(recent, before, out=np.ones(number), where=before > 0)
            return np.where(at - start >= 60, ratio, 1.0)

        for at in range(52, length):
            old = at - start >= 52
            told[:, at] = np.where(old, weeks[:, at - 52] * factor(at), told[:, at])
        ahead = np.maximum(weeks[:, length - 52 : length - 52 + HORIZON] * factor(length)[:, None], 0)
        return told, ahead.mean(axis=1)

    def croston(alpha):
        told = np.zeros_like(weeks)
        size, interval, since = np.zeros(number), np.ones(number), np.ones(number)
        sold_before = np.zeros(number, bool)
        unbiased = 1 - alpha / 2
        for at in range(length):
            told[:, at] = unbiased * size / interval
            active = at >= start
            sale = active & (weeks[:, at] > 0)
            again, firstly = sale & sold_before, sale & ~sold_before
            size = np.where(again, size + alpha * (weeks[:, at] - size), np.where(firstly, weeks[:, at], size))
            interval = np.where(again, interval + alpha * (since - interval), np.where(firstly, since, interval))
            since = np.where(sale, 1.0, np.where(active, since + 1, since))
            sold_before |= sale
        return told, unbiased * size / interval

    all_weeks = np.ones(number, bool)
    silent = ((weeks <= 0) & (column >= start[:, None])).sum(axis=1)
    methods = [
        ("moving_average", [moving_average], all_weeks),
        ("smoothing", [lambda a=a: smoothing(a) for a in (0.1, 0.2, 0.3, 0.5, 0.7)], all_weeks),
        ("holt", [lambda w=w: holt(*w) for w in ((0.2, 0.05), (0.2, 0.2), (0.5, 0.05), (0.5, 0.2))], all_weeks),
        ("seasonal", [seasonal], count >= 64),
        ("croston", [lambda a=a: croston(a) for a in (0.1, 0.2)], silent * 2 >= count),
    ]
    best, best_error, best_next = np.full(number, "", object), np.full(number, np.inf), np.zeros(number)
    for name, trials, suits in methods:
        if not suits.any():
            continue
        tuned, tuned_error, tuned_next = np.full(number, np.inf), np.zeros(number), np.zeros(number)
        for trial in trials:
            told, following = trial()
            learnt = error(told, learning)
            better = learnt < tuned
            tuned = np.where(better, learnt, tuned)
            tuned_error = np.where(better, error(told, testing), tuned_error)
            tuned_next = np.where(better, following, tuned_next)
        better = suits & (tuned_error < best_error)
        best = np.where(better, name, best)
        best_error = np.where(better, tuned_error, best_error)
        best_next = np.where(better, tuned_next, best_next)
    sold = np.where(testing, weeks, 0).sum(axis=1)
    percent = np.divide(best_error * tested * 100, sold, out=np.full(number, np.nan), where=sold > 0)
    frame = pd.DataFrame(
        {
            "method": best,
            "per_week": half_up(best_next, 2),
            "error_per_week": half_up(best_error, 2),
            "error_percent": half_up(percent, 1),
            "weeks": count,
            "tested_weeks": tested,
        }
    )
    return frame[known].reindex(frame.index)


def valuation(variants, on_hand, changes):
    """Moving average over the changes in turn, and the cost and age of the last arrivals that cover the stock."""
    count = len(variants)
    cost = variants["cost"].to_numpy(float)
    grouped = changes.groupby("variant")
    stock = on_hand - grouped["quantity"].sum().reindex(range(count), fill_value=0).to_numpy()
    average = cost.copy()
    turn = grouped.cumcount()
    for _, some in changes.groupby(turn):
        variant = some["variant"].to_numpy()
        quantity = some["quantity"].to_numpy(float)
        paid = some["unit_cost"].to_numpy(float)
        paid = np.where(np.isnan(paid), cost[variant], paid)
        paid = np.where(np.isnan(paid), average[variant], paid)
        there, known = np.maximum(stock[variant], 0), average[variant]
        arrived = (quantity > 0) & ~np.isnan(paid)
        with np.errstate(invalid="ignore", divide="ignore"):
            moved = np.where(np.isnan(known), paid, (known * there + paid * quantity) / (there + quantity))
        average[variant] = np.where(arrived, moved, known)
        stock[variant] += quantity
    arrivals = changes[changes["quantity"] > 0].iloc[::-1]
    variant = arrivals["variant"].to_numpy()
    quantity = arrivals["quantity"].to_numpy(float)
    after = arrivals.groupby("variant")["quantity"].cumsum().to_numpy() - quantity
    pieces = np.clip(on_hand[variant] - after, 0, quantity)
    paid = arrivals["unit_cost"].to_numpy(float)
    paid = np.where(np.isnan(paid), cost[variant], paid)
    covered = np.bincount(variant, pieces, count)
    value = np.bincount(variant, np.where(pieces > 0, pieces * paid, 0), count)
    piece_days = np.bincount(variant, pieces * np.maximum(HISTORY - 1 - arrivals["day"].to_numpy(), 0), count)
    left = np.maximum(on_hand, 0) - covered
    fifo = np.where(left > 0, value + left * cost, value)
    worth = on_hand * average
    fifo = np.where(on_hand > 0, fifo, np.where(on_hand == 0, 0, worth))
    worth = np.where((on_hand == 0) & np.isnan(worth), 0, worth)
    with np.errstate(invalid="ignore", divide="ignore"):
        age = np.where((on_hand > 0) & (left == 0), piece_days / on_hand, np.nan)
    return average, worth, fifo, age


def analyse(variants, sales, supplies, changes, levels, as_of):
    count = len(variants)
    every = range(count)
    units = np.zeros((count, HISTORY))
    np.add.at(units, (sales["variant"].to_numpy(), sales["day"].to_numpy()), sales["units"].to_numpy(float))
    recent = sales[sales["day"] >= HISTORY - LOOK_BACK].groupby("variant")[["units", "gross"]].sum().reindex(every, fill_value=0)
    sold, gross = recent["units"].to_numpy(float), recent["gross"].to_numpy(float)
    by_day = sales.groupby("variant")["day"]
    first_sale = by_day.min().reindex(every).to_numpy(float)
    last_sale = by_day.max().reindex(every).to_numpy(float)
    first_change = changes.groupby("variant")["day"].first().reindex(every).to_numpy(float)
    known = np.fmin(first_sale, first_change)
    known = np.where(np.isnan(known), HISTORY, np.maximum(known, 0)).astype(int)
    length = HISTORY - known
    stock = levels.groupby("variant")[["on_hand", "reserved", "incoming"]].sum().reindex(every, fill_value=0)
    has_stock = np.isin(np.arange(count), levels["variant"].to_numpy())
    on_hand = stock["on_hand"].to_numpy(float)
    position = on_hand - stock["reserved"].to_numpy(float)
    available = position.copy()
    position = position + stock["incoming"].to_numpy(float)

    window = units[:, HISTORY - LOOK_BACK :]
    is_out = days_out(window, on_hand, changes, np.where(np.isnan(first_change), HISTORY, first_change))
    is_known = np.arange(LOOK_BACK)[None, :] >= (LOOK_BACK - np.minimum(length, LOOK_BACK))[:, None]
    counted = is_known & ~is_out
    days = counted.sum(axis=1)
    kept = np.where(counted, window, 0)
    has_demand = days > 0
    per_day = kept.sum(axis=1) / np.maximum(days, 1)
    squares = np.where(counted, (window - per_day[:, None]) ** 2, 0).sum(axis=1)
    deviation = np.where(days > 1, np.sqrt(squares / np.maximum(days - 1, 1)), 0)

    weeks_known = length // 7
    weeks = units.reshape(count, WEEKS, 7).sum(axis=2)
    weeks[np.arange(WEEKS)[None, :] < (WEEKS - weeks_known)[:, None]] = 0
    late = np.minimum(weeks_known, LOOK_BACK // 7)
    in_late = np.arange(WEEKS)[None, :] >= (WEEKS - late)[:, None]
    mean = np.where(in_late, weeks, 0).sum(axis=1) / np.maximum(late, 1)
    spread = np.sqrt(np.where(in_late, (weeks - mean[:, None]) ** 2, 0).sum(axis=1) / np.maximum(late, 1))
    variation = np.divide(spread, mean, out=np.full(count, np.nan), where=(late >= 4) & (mean > 0))
    xyz = np.select([np.isnan(variation), variation <= 0.5, variation <= 1], ["", "X", "Y"], "Z")

    order = np.argsort(-gross, kind="stable")
    before = np.concatenate([[0], np.cumsum(gross[order])[:-1]])
    total = gross.sum()
    abc = np.empty(count, object)
    abc[order] = np.select([gross[order] <= 0, before < total * 0.8, before < total * 0.95], ["", "A", "B"], "C")

    supply = supplies.set_index("variant").reindex(every)
    lead = supply["lead"].fillna(LEAD).to_numpy(float)
    minimum, pack = supply["minimum"].fillna(1).to_numpy(float), supply["pack"].fillna(1).to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit_price = np.where(sold != 0, half_up(gross / sold, 4), variants["price"].to_numpy(float))
        through = half_up(sold / (sold + np.maximum(on_hand, 0)), 4)
    safety = np.maximum(Z, 0) * deviation * np.sqrt(lead)
    point = half_up(per_day * lead + safety, 2)
    target = half_up(per_day * (lead + REVIEW) + safety, 2)
    wanted = half_up(target - position, 6)
    suggested = np.where(wanted > 0, np.ceil(half_up(np.maximum(wanted, minimum) / pack, 6)) * pack, 0)
    sells = has_demand & (per_day > 0)
    cover = np.divide(np.maximum(available, 0), per_day, out=np.full(count, np.nan), where=sells)
    reach = np.divide(np.maximum(position, 0), per_day, out=np.full(count, np.nan), where=sells)
    uncovered = half_up(np.maximum(lead + REVIEW - reach, 0), 1)
    day = np.datetime64(as_of, "D")

    def date(after, back):
        valid = (after >= 0) & (after <= 3650)
        days_later = np.where(valid, np.floor(np.where(valid, after, 0)), 0).astype(int) - back.astype(int)
        return pd.Series(day + days_later).where(valid)

    average, worth, fifo, age = valuation(variants, on_hand, changes)
    slept = (np.isnan(last_sale) | (HISTORY - 1 - last_sale >= DEAD)) & (length >= DEAD)
    is_dead = slept & (on_hand > 0)
    enough = np.where(sells, half_up(per_day * OVERSTOCK + half_up(safety, 2), 2), np.where(is_dead, 0, on_hand))
    surplus = half_up(np.maximum(on_hand - enough, 0), 6)
    surplus_value = half_up(surplus * average, 2)
    lost = half_up(half_up(per_day, 4) * unit_price, 2)
    holding = half_up(HOLDING * (lead + REVIEW) / 365, 6)
    cost = half_up(np.nan_to_num(lost * uncovered) + np.nan_to_num(surplus_value) * holding, 2)
    items = pd.DataFrame(
        {
            "variant_id": variants["id"],
            "sku": variants["sku"],
            "on_hand": on_hand,
            "available": available,
            "incoming": stock["incoming"].to_numpy(float),
            "days_counted": days,
            "days_out_of_stock": np.minimum(length, LOOK_BACK) - days,
            "demand_per_day": np.where(has_demand, half_up(per_day, 4), np.nan),
            "demand_deviation": np.where(has_demand, half_up(deviation, 4), np.nan),
            "days_of_cover": np.floor(cover * 10) / 10,
            "sell_out_on": date(cover, np.zeros(count)),
            "last_order_on": date(reach, lead),
            "lead_time_days": lead,
            "safety_stock": half_up(safety, 2),
            "reorder_point": point,
            "order_up_to": target,
            "suggested_quantity": suggested,
            "is_due": sells & (position <= point),
            "unit_price": unit_price,
            "lost_revenue_per_day": lost,
            "days_uncovered": uncovered,
            "cost_of_ignoring": cost,
            "unit_cost": half_up(average, 4),
            "value_average": half_up(worth, 2),
            "value_fifo": half_up(fifo, 2),
            "age_days": half_up(age, 1),
            "overstock_quantity": surplus,
            "overstock_value": surplus_value,
            "is_dead": is_dead,
            "units_sold": sold,
            "gross": gross,
            "sell_through": through,
            "last_sold_on": date(last_sale, np.zeros(count)).sub(pd.Timedelta(days=HISTORY - 1)),
            "abc": abc,
            "xyz": xyz,
            "variation": half_up(variation, 4),
        }
    )
    items = pd.concat([items, forecast(weeks, weeks_known)], axis=1)
    items.loc[~has_stock, OF_STOCK] = np.nan
    items.loc[~has_stock, "is_due"] = False
    items.loc[~has_stock, "cost_of_ignoring"] = 0
    items = items[~np.isnan(first_sale) | has_stock]
    return items.sort_values(["cost_of_ignoring", "gross", "sku"], ascending=[False, False, True])


def write(connection, items):
    cursor = connection.cursor()
    columns = ", ".join(f"{name} {kind(items[name])}" for name in items.columns)
    cursor.execute(f"CREATE TABLE pandas_items ({columns})")
    with cursor.copy("COPY pandas_items FROM STDIN (FORMAT csv)") as copy:
        copy.write(items.to_csv(index=False, header=False))
    connection.commit()


def kind(column):
    if column.dtype == bool:
        return "boolean"
    if column.name.endswith("_on"):
        return "date"
    return "double precision" if pd.api.types.is_numeric_dtype(column) else "text"


def differing(connection, account, analysis, items):
    """Counts, for each figure, the items whose value is another than that of the analysis."""
    rows = connection.execute(
        "SELECT variant_id::text, figures::text FROM inventory_analysis_items WHERE account_id = %s AND analysis_id = %s",
        (account, analysis),
    ).fetchall()
    theirs = pd.DataFrame([{"variant_id": id, **json.loads(figures)} for id, figures in rows]).set_index("variant_id")
    told = pd.json_normalize(theirs.pop("forecast").map(lambda one: one if isinstance(one, dict) else {}).tolist())
    theirs = pd.concat([theirs, told.set_index(theirs.index)], axis=1)
    ours = items.set_index("variant_id").reindex(theirs.index)
    found = {"items": abs(len(items) - len(theirs))}
    for name in ours.columns.intersection(theirs.columns):
        one, other = ours[name], theirs[name]
        if name in ("abc", "xyz", "method") or name.endswith("_on"):
            one, other = (side.astype(str).where(side.notna(), "") for side in (one, other))
            # A day, not a moment; a method's name may be longer.
            cut = 10 if name.endswith("_on") else None
            found[name] = int((one.str[:cut] != other).sum())
        else:
            one, other = one.astype(float), other.astype(float)
            apart = (one - other).abs() > 1e-6 * np.maximum(1, other.abs())
            found[name] = int((apart | (one.isna() != other.isna())).sum())
    return len(theirs), {name: count for name, count in found.items() if count}


def main():
    account, store, as_of, analysis = sys.argv[1:]
    connection = psycopg.connect(os.environ["DATABASE_URL"])
    connection.execute("SELECT set_config('suite.account_id', %s, false)", (account,))
    connection.execute("DROP TABLE IF EXISTS pandas_items")
    connection.commit()
    began = time.perf_counter()
    tables = read(connection, account, store, as_of)
    was_read = time.perf_counter()
    items = analyse(*tables, as_of)
    computed = time.perf_counter()
    write(connection, items)
    written = time.perf_counter()
    compared, differ = differing(connection, account, analysis, items)
    print(
        json.dumps(
            {
                "read": was_read - began,
                "computed": computed - was_read,
                "written": written - computed,
                "total": written - began,
                "items": compared,
                "differing": differ,
            }
        )
    )


main()
