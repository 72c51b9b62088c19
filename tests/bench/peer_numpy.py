"""A peer: the model of inputs/README.md 4 and 5 in NumPy, trials side by side.

usage: peer_numpy.py FOLDER [LANES]      (FOLDER: what export_trials wrote; peer.py says what it answers)

Each state of a stage, input or link is a row of `lanes` trials, and each call works on whole rows. With thousands
of lanes what a call costs is small against its work, and what one call writes is in a near cache when the next
one reads it. (Calls on many rows at once, by level or over the whole network, reach two thirds of this rate: they
read and write memory that is further away.) Nothing is allocated in the loop but a handful of rows for each market.
Numbers of the plan are arrays without dimensions, which calls take faster than floats. What does not depend on
chance is decided in Python: single links, first terms of sums, factors of 1. Rows that move on are swapped,
not copied.
"""

import sys
from types import SimpleNamespace

import numpy as np
from numpy import add, divide, equal, greater, greater_equal, less, logical_and, maximum, minimum, multiply, subtract

import peer
from peer import FAINT, NOTHING
from peer_numpy_network import Network


def add_up(rows, out):
    """The sum of some rows; `out` is where it may stand."""
    if len(rows) == 1:
        return rows[0]
    add(rows[0], rows[1], out)
    for row in rows[2:]:
        add(out, row, out)
    return out


class Trials(Network):
    """Trials side by side, week by week."""

    def begin_sums(self, t):
        """Before week t, whose worth is the first to count."""
        for thing in self.stages + self.inputs + self.links:
            for name, row in vars(thing).items():
                if name.startswith("sum_") or name == "bound":
                    row[:] = 0
        lanes = lambda x=0.0: np.full(self.lanes, x)
        self.worth = SimpleNamespace(
            demand_value=self.backlog_value if t else lanes(), abandoned=lanes(), abandoned_value=lanes(),
            sum_late_value=lanes(), resilience_loss=lanes(), min_service=lanes(1.0), weeks_below=lanes(),
            first_below=lanes(float(self.p.T - t)), run_below=lanes(), longest_run_below=lanes(), peak_backlog=lanes(),
            cost=self.freight_cost_to_come(t))

    def freight_cost_to_come(self, t):
        """Of what is on the way before week t, in all weeks from t on until it arrives."""
        cost = np.zeros(self.lanes)
        for link in self.links:
            for ahead in range(1, len(link.freight)):
                cost += ahead * link.holding_cost * link.freight[(t + ahead) % len(link.freight)]
        return cost

    # ---- sourcing

    def source(self, links):
        """Splits an input's orders over its links; stuck orders move."""
        t, missing, takers, taken, moves = self.t, self.missing, self.takers, self.taken, self.moves
        n = len(links)
        rows = list(zip(links, self.works, self.pull, self.sick))
        for a, works, pull, sick in rows:
            if a.is_open[t]:
                multiply(a.supplier.works, a.rate, works)
            else:
                minimum(a.supplier.works, a.road, works)
                multiply(works, a.rate, works)
            multiply(a.health, a.inertia, a.health)
            add(a.health, works, a.health)
            multiply(a.health, a.share[t], pull)
            subtract(a.share[t], pull, sick)
            if a.flex != 1:
                multiply(pull, a.flex, pull)
        add_up(self.sick[:n], missing)
        add_up(self.pull[:n], takers)
        greater_equal(takers, NOTHING, self.some)
        multiply(takers, self.some, moves)
        minimum(missing, moves, taken)
        maximum(takers, self.nothing, takers)
        self.move_stuck_orders(rows, moves, takers)
        greater_equal(missing, NOTHING, self.some)
        multiply(taken, self.some, taken)
        maximum(missing, self.nothing, missing)
        divide(taken, missing, missing)
        divide(taken, takers, takers)
        for a, _, pull, sick in rows:  # share - its missing part * K/M + its taking part * K/Phi
            multiply(sick, missing, sick)
            multiply(pull, takers, pull)
            subtract(pull, sick, a.split)
            add(a.split, a.share[t], a.split)

    def move_stuck_orders(self, rows, moves, takers):
        minimum(moves, self.one, moves)
        for a, works, _, _ in rows:
            subtract(a.rate, works, works)
            multiply(works, moves, works)
            multiply(works, a.owed, works)
            subtract(a.owed, works, a.owed)
        pool = add_up(self.works[:len(rows)], self.pool)
        divide(pool, takers, pool)
        for a, works, pull, _ in rows:
            multiply(pool, pull, works)
            add(a.owed, works, a.owed)

    # ---- orders, customers before suppliers

    def order_for_market(self, market):
        t, base, demand, ratio = self.t, market.base[self.t], market.demand, market.ratio
        if len(market.input.links) > 1:
            self.source(market.input.links)
        if base >= FAINT * market.scale:
            ratio += market.smoothing * (demand / base - ratio)
        if market.recent:
            market.recent[t % len(market.recent)][:] = demand
        self.place(market.input, demand)

    def place(self, i, order):
        if len(i.links) == 1:
            i.links[0].asked = order
            add(i.links[0].owed, order, i.links[0].owed)
            return
        for a in i.links:
            multiply(a.split, order, a.asked)
            add(a.owed, a.asked, a.owed)

    def order_for_stage(self, s):
        t, x, wanted = self.t, self.x, s.wanted
        if s.learns[t]:
            self.learn(s)
        if s.target_units:
            wanted[:] = s.target_units
        else:
            multiply(s.ratio, s.target[t], wanted)
        subtract(wanted, s.stock, wanted)
        subtract(wanted, s.good, wanted)
        multiply(s.queue, s.good_now[t], x)
        subtract(wanted, x, wanted)
        add(wanted, add_up([a.owed for a in s.outs], self.owed), wanted)
        maximum(wanted, self.zero, wanted)
        multiply(wanted, s.per_good_later[t], wanted)
        for i in s.inputs:
            self.order_input(i, s)

    def learn(self, s):
        t, x, learned, seen = self.t, self.x, s.learned, s.ratio if s.nu == 1 else self.seen
        new = add_up([a.asked for a in s.outs], self.new)
        multiply(new, s.per_plan[t], x)
        minimum(x, self.four, x)
        subtract(x, learned, x)
        multiply(x, s.alpha, x)
        add(learned, x, learned)
        multiply(s.outs[0].consumer.ratio, s.outs[0].weight[t], seen)
        for a in s.outs[1:]:
            multiply(a.consumer.ratio, a.weight[t], x)
            add(seen, x, seen)
        if s.nu != 1:
            multiply(seen, s.nu, s.ratio)
            multiply(learned, 1 - s.nu, x)
            add(s.ratio, x, s.ratio)

    def order_input(self, i, s):
        t, cover, order = self.t, self.cover, i.order
        if len(i.links) > 1:
            self.source(i.links)
            multiply(i.links[0].split, i.links[0].cover[t], cover)
            for a in i.links[1:]:
                multiply(a.split, a.cover[t], self.x)
                add(cover, self.x, cover)
            multiply(cover, s.ratio, cover)
        else:
            multiply(s.ratio, i.links[0].cover[t], cover)
        minimum(s.wanted, i.order_cap[t], order)
        if not i.is_one:
            multiply(order, i.per_unit, order)
        add(order, cover, order)
        subtract(order, i.position, order)
        maximum(order, self.zero, order)
        add(i.position, order, i.position)
        self.place(i, order)

    # ---- flow, suppliers before customers

    def scrap(self, s):
        for row in s.lots + [s.in_process, s.good, s.queue]:
            multiply(row, s.scrap, row)

    def begin(self, s):
        """Receive and start."""
        t, starts, limit = self.t, s.started, self.limit
        multiply(s.capacity, s.start_limit[t], limit)
        minimum(s.wanted, limit, starts)
        for i, possible in zip(s.inputs, self.possible):
            for a in i.links:
                add(i.on_hand, a.arriving, i.on_hand)
            i.possible = i.on_hand
            if not i.is_one:
                i.possible = multiply(i.on_hand, i.per_start, possible)
            minimum(starts, i.possible, starts)
        self.count_bottleneck(s)
        for i in s.inputs:
            used = starts
            if not i.is_one:
                used = multiply(starts, i.per_unit, self.x)
            for row in (i.on_hand, i.position):
                subtract(row, used, row)
                maximum(row, self.zero, row)
            add(i.sum_on_hand, i.on_hand, i.sum_on_hand)

    def count_bottleneck(self, s):
        starts, behind, binds = s.started, self.behind, self.binds
        subtract(s.wanted, s.slack[self.t], self.x)
        less(starts, self.x, behind)
        if not behind.any():
            return
        equal(starts, self.limit, binds)
        logical_and(binds, behind, binds)
        add(s.bound, binds, s.bound)
        for i in s.inputs:  # the first that binds counts
            greater(behind, binds, behind)
            if not behind.any():
                return
            equal(i.possible, starts, binds)
            logical_and(binds, behind, binds)
            add(i.bound, binds, i.bound)

    def finish(self, s):
        t, x, starts, queue = self.t, self.x, s.started, s.queue
        if s.lots:
            slot = t % len(s.lots)
            lot = s.lots[slot]
            add(queue, lot, queue)
            subtract(starts, lot, x)
            add(s.in_process, x, s.in_process)
            maximum(s.in_process, self.zero, s.in_process)
            multiply(starts, s.good_later[t], x)
            add(s.good, x, s.good)
            multiply(lot, s.good_now[t], x)
            subtract(s.good, x, s.good)
            maximum(s.good, self.zero, s.good)
        else:
            add(queue, starts, queue)
        if s.limited[t]:
            multiply(starts, s.per_full[t], x)
            add(s.sum_utilisation, x, s.sum_utilisation)
        if s.has_surge_cost:
            subtract(starts, s.full[t], x)
            maximum(x, self.zero, x)
            add(s.sum_surge, x, s.sum_surge)
        if s.lots:
            s.lots[slot], s.started = starts, lot
        multiply(s.capacity, s.finish_limit[t], x)
        minimum(queue, x, x)
        subtract(queue, x, queue)
        multiply(x, s.yields, x)
        if s.units != 1:
            multiply(x, s.units, x)
        add(s.stock, x, s.stock)
        add(s.sum_output, x, s.sum_output)
        add(s.sum_wip, s.in_process, s.sum_wip)
        add(s.sum_wip, queue, s.sum_wip)

    def ship(self, s):
        x, part = self.x, self.part
        moving = [a.owed if a.is_open[self.t] else multiply(a.owed, a.road, a.leaves) for a in s.outs]
        movable = add_up(moving, self.movable)
        maximum(movable, self.tiny, x)
        divide(s.stock, x, part)
        minimum(part, self.one, part)
        multiply(part, movable, x)
        subtract(s.stock, x, s.stock)
        maximum(s.stock, self.zero, s.stock)
        add(s.sum_stock, s.stock, s.sum_stock)
        less(movable, s.quiet, self.some)
        add(part, self.some, x)
        minimum(x, self.one, s.filled)
        for a, moves in zip(s.outs, moving):
            leaves = a.leaves
            multiply(moves, part, leaves)
            subtract(a.owed, leaves, a.owed)
            if a.costs:
                add(a.sum_leaves, leaves, a.sum_leaves)
            if a.freight:  # what arrives is read this week, its row written in the next
                slot = self.t % len(a.freight)
                a.arriving = a.leaves = a.freight[slot]
                a.freight[slot] = leaves
            else:
                a.arriving = leaves

    # ---- markets, and what the week was worth

    def serve(self):
        t, w = self.t, self.worth
        due_value = served_value = late_value = late_units = backlog_value = 0.0
        for market in self.markets:
            links, price = market.input.links, market.price
            n = len(market.recent)
            promised = sum(market.recent[week % n] for week in range(t + 1, t + 1 + n))
            shipped = sum(a.freight[t % len(a.freight)] if a.freight else a.leaves for a in links)
            owed = sum(a.owed for a in links)
            due = np.maximum(owed + shipped - promised, 0.0)
            lost = market.abandon * np.maximum(owed - promised, 0.0)
            left = 1.0 - lost / np.maximum(owed, self.tiny)
            for a in links:
                multiply(a.owed, left, a.owed)
            backlog = owed - lost
            late = np.maximum(backlog - promised, 0.0)
            due_value += price * due
            served_value += price * np.minimum(shipped, due)
            late_value += price * late
            late_units += late
            backlog_value += price * backlog
            w.demand_value += price * market.demand
            w.abandoned += lost
            w.abandoned_value += price * lost
            w.cost += market.backlog_cost * backlog
        w.late, w.late_value, self.backlog_value = late_units, late_value, backlog_value
        self.judge(due_value, served_value, w)

    def judge(self, due, served, w):
        p, t = self.p, self.t
        is_served = (due < NOTHING * p.price_scale) | (served >= (1.0 - NOTHING) * due)
        q = np.where(is_served, 1.0, served / np.where(is_served, 1.0, due))
        below = q < p.threshold
        w.sum_late_value += w.late_value
        w.resilience_loss += 1.0 - q
        minimum(w.min_service, q, w.min_service)
        w.weeks_below += below
        w.first_below = np.where(below, minimum(w.first_below, t - p.warmup), w.first_below)
        w.run_below = (w.run_below + 1.0) * below
        maximum(w.longest_run_below, w.run_below, w.longest_run_below)
        if p.base_value[t] > NOTHING * p.price_scale:
            maximum(w.peak_backlog, self.backlog_value / p.base_value[t], w.peak_backlog)

    # ---- weeks and trials

    def week(self, t):
        self.t = t
        if t and t == self.p.warmup:
            self.begin_sums(t)
        for s in self.stages:
            minimum(s.capacity, s.filled, s.works)
        for market in self.markets:
            self.order_for_market(market)
        for s in self.order:
            self.order_for_stage(s)
        for s in self.some_scrap[t]:
            self.scrap(s)
        for s in reversed(self.order):
            self.begin(s)
            self.finish(s)
            self.ship(s)
        self.serve()

    def outcome(self):
        p, w = self.p, self.worth
        for i, s in enumerate(self.stages):
            w.cost += p.stage_holding_cost[i] * s.sum_stock + p.stage_wip_holding_cost[i] * s.sum_wip
            w.cost += p.stage_surge_cost[i] * s.sum_surge
        for k, i in enumerate(self.inputs):
            w.cost += p.input_holding_cost[k] * i.sum_on_hand
        for a in self.links:
            w.cost += len(a.freight) * a.holding_cost * a.sum_leaves
        w.cost -= self.freight_cost_to_come(p.T)
        w.output, w.utilisation = [s.sum_output for s in self.stages], [s.sum_utilisation for s in self.stages]
        w.bound_by_line, w.bound_by_input = [s.bound for s in self.stages], [i.bound for i in self.inputs]
        return np.array(peer.outcome(p, w, ratio_or))

    def run(self):
        begin = peer.clock()
        self.start()
        self.begin_sums(0)
        seconds = peer.clock() - begin
        for t in range(self.p.T):
            self.deal(t)
            begin = peer.clock()
            self.week(t)
            seconds += peer.clock() - begin
        begin = peer.clock()
        values = self.outcome()
        return seconds + peer.clock() - begin, values


def ratio_or(numerator, denominator, scale, otherwise):
    is_something = np.abs(denominator) > NOTHING * scale
    return np.where(is_something, numerator / np.where(is_something, denominator, 1.0), otherwise)


def main():
    p = peer.load(sys.argv[1])
    trials = Trials(p, int(sys.argv[2]) if len(sys.argv) > 2 else p.n_trials)
    peer.serve(p, trials.run)


if __name__ == "__main__":
    main()
