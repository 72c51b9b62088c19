"""A peer: the model of inputs/README.md 4 and 5 in pure Python, one trial at a time.

usage: peer_python.py FOLDER [TRIALS]      (FOLDER: what export_trials wrote; peer.py says what it answers)

States are lists of floats, and what belongs together is unpacked from one tuple: attribute and global names
cost more than arithmetic. Whatever of the plan stands still is in those tuples, whatever has one value a week
in a list of tuples a week. Links push what they order to their suppliers' sums and pull what is shipped.
"""

import sys
from types import SimpleNamespace

import numpy as np

import peer
from peer import FAINT, NOTHING, QUIET, UNLIMITED


class Trial:
    """The state of one trial, and the plan as tuples."""

    def __init__(self, p):
        self.p = p
        self.order_of_stages = [i for level in peer.order_of_orders(p) for i in level]
        stage = lambda name: getattr(p, "stage_" + name).tolist()
        self.inputs_of = [range(k, k + n) for k, n in zip(stage("first_input"), stage("n_inputs"))]
        self.links_of = [range(a, a + n) for a, n in zip(p.input_first_link.tolist(), p.input_n_links.tolist())]
        self.choosing = [links for links in self.links_of if len(links) > 1]
        self.supplier, self.flex, self.rate = (x.tolist() for x in (p.link_supplier, p.link_flex, p.link_switch_rate))
        self.per_unit, self.input_cost = p.input_per_unit.tolist(), p.input_holding_cost.tolist()
        self.freight_cost = p.stage_holding_cost[p.link_supplier].tolist()
        target_units = (p.stage_target_units * p.stage_fixed_target).tolist()
        self.ordering = list(zip(stage("smoothing"), stage("visibility"), target_units))
        self.flowing = list(zip(stage("units_per_start"), (QUIET * p.stage_scale).tolist(), stage("holding_cost"),
                                stage("wip_holding_cost"), stage("surge_cost")))
        self.set_weeks()

    def set_weeks(self):
        p, scale = self.p, self.p.stage_scale
        weeks = lambda *rows: [list(zip(*week)) for week in zip(*(row.tolist() for row in rows))]
        C, later = p.stage_capacity, p.stage_good_later
        inverse = lambda rows, where: np.divide(1, rows, out=np.zeros(rows.shape), where=where)
        self.stage_orders = weeks(inverse(p.stage_plan, p.stage_plan >= FAINT * scale), p.stage_target,
                                  p.stage_good_now, 1 / later)
        surge = p.stage_surge_factor
        self.stage_flows = weeks(C * surge, p.stage_finish_capacity * surge, p.stage_good_now, later,
                                 NOTHING * scale / later, C, inverse(C, (C > 0) & (C < UNLIMITED)))
        self.share, self.cover, self.weight, self.order_cap, self.base = (
            rows.tolist() for rows in (p.link_share, p.link_cover, p.link_weight, p.input_order_cap, p.market_base))

    def start(self):
        p = self.p
        self.stock, self.in_process = p.stage_stock_start.tolist(), p.stage_in_process_start.tolist()
        self.good_in_process, self.queue = p.stage_good_in_process_start.tolist(), [0.0] * p.n_stages
        self.learned, self.ratio, self.filled = ([1.0] * p.n_stages for _ in range(3))
        self.wanted, self.part = [0.0] * p.n_stages, [0.0] * p.n_stages
        self.asked, self.owed_by, self.movable, self.seen = ([0.0] * p.n_stages for _ in range(4))
        self.on_hand, self.position = p.input_stock_start.tolist(), p.input_position_start.tolist()
        self.owed, self.health, self.split = [0.0] * p.n_links, [1.0] * p.n_links, [1.0] * p.n_links
        self.lots = [p.lots_start[a:a + n].tolist() for a, n in zip(p.stage_first_lot, p.stage_cycle_weeks)]
        self.freight = [p.freight_start[a + 1:a + 1 + n].tolist()
                        for a, n in zip(p.link_first_freight, p.link_transit_weeks)]
        self.freight_value = sum(cost * sum(ring) for cost, ring in zip(self.freight_cost, self.freight))
        self.market_ratio, self.market_owed = [1.0] * p.n_markets, [0.0] * p.n_markets
        self.recent = [[0.0] * weeks for weeks in p.market_quoted_weeks]
        self.begin_sums(0)

    def begin_sums(self, t):
        """Before week t, whose worth is the first to count."""
        p = self.p
        self.worth = SimpleNamespace(
            demand_value=self.backlog_value if t else 0.0, abandoned=0.0, abandoned_value=0.0, sum_late_value=0.0,
            resilience_loss=0.0, min_service=1.0, weeks_below=0.0, first_below=float(p.T - t), run_below=0.0,
            longest_run_below=0.0, peak_backlog=0.0, cost=0.0, output=[0.0] * p.n_stages,
            utilisation=[0.0] * p.n_stages, bound_by_line=[0.0] * p.n_stages, bound_by_input=[0.0] * p.n_inputs)

    # ---- sourcing, and orders, customers before suppliers

    def source(self, t, c, road):
        health, split, owed, rate, flex, supplier = (
            self.health, self.split, self.owed, self.rate, self.flex, self.supplier)
        share, works = self.share[t], [x if x < y else y for x, y in zip(c, self.filled)]
        for links in self.choosing:
            missing = takers = 0.0
            for a in links:
                works_here = works[supplier[a]]
                if road[a] < works_here:
                    works_here = road[a]
                split[a] = (1.0 - works_here) * rate[a]  # for now: the part of stuck orders that moves
                health[a] = H = health[a] + (works_here - health[a]) * rate[a]
                missing += share[a] * (1.0 - H)
                takers += flex[a] * share[a] * H
            if takers >= NOTHING:
                part, pool = takers if takers < 1.0 else 1.0, 0.0
                for a in links:
                    given = owed[a] * split[a] * part
                    owed[a] -= given
                    pool += given
                if pool:
                    pool /= takers
                    for a in links:
                        owed[a] += pool * flex[a] * share[a] * health[a]
            if missing >= NOTHING and takers >= NOTHING:
                taken = missing if missing < takers else takers
                to_takers, stays = taken / takers, (missing - taken) / missing
                for a in links:
                    H = health[a]
                    split[a] = share[a] * (H + flex[a] * H * to_takers + (1.0 - H) * stays)
            else:
                for a in links:
                    split[a] = share[a]

    def order_markets(self, t, demand, road):
        p = self.p
        for m, ordered in enumerate(demand):
            base, ratio, k = self.base[t][m], self.market_ratio[m], p.market_input[m]
            if base >= FAINT * p.market_scale[m]:
                ratio = self.market_ratio[m] = ratio + p.market_smoothing[m] * (ordered / base - ratio)
            if self.recent[m]:
                self.recent[m][t % len(self.recent[m])] = ordered
            for a in self.links_of[k]:
                self.place(a, self.split[a] * ordered, ratio * self.weight[t][a], road[a])
            self.market_owed[m] = sum(self.owed[a] for a in self.links_of[k])

    def place(self, a, asked, seen, road):
        s, owed = self.supplier[a], self.owed[a] + asked
        self.owed[a] = owed
        self.asked[s] += asked
        self.owed_by[s] += owed
        self.movable[s] += owed * road
        self.seen[s] += seen

    def order_stages(self, t, road):
        asked, owed_by, movable, seen = self.asked, self.owed_by, self.movable, self.seen
        learned, ratio, wanted, position = self.learned, self.ratio, self.wanted, self.position
        split, owed, supplier, per_unit = self.split, self.owed, self.supplier, self.per_unit
        links_of, cover, weight, order_cap = self.links_of, self.cover[t], self.weight[t], self.order_cap[t]
        orders, stock, good, queue = self.stage_orders[t], self.stock, self.good_in_process, self.queue
        for i in self.order_of_stages:
            alpha, nu, target_units = self.ordering[i]
            per_plan, target, good_now, per_good_later = orders[i]
            r = ratio[i]
            if per_plan:
                seen_now = asked[i] * per_plan
                learned[i] = l = learned[i] + alpha * ((seen_now if seen_now < 4.0 else 4.0) - learned[i])
                r = ratio[i] = nu * seen[i] + (1.0 - nu) * l
            P = (target_units + r * target - stock[i] - good[i] - good_now * queue[i] + owed_by[i]) * per_good_later
            wanted[i] = P = P if P > 0.0 else 0.0
            asked[i] = owed_by[i] = seen[i] = 0.0
            for k in self.inputs_of[i]:
                links, b, cap = links_of[k], per_unit[k], order_cap[k]
                covered = 0.0
                for a in links:
                    covered += split[a] * cover[a]
                order = r * covered + b * (P if P < cap else cap) - position[k]
                if order < 0.0:
                    order = 0.0
                position[k] += order
                for a in links:  # place, in line
                    s, new = supplier[a], split[a] * order
                    owed[a] = U = owed[a] + new
                    asked[s] += new
                    owed_by[s] += U
                    movable[s] += U * road[a]
                    seen[s] += r * weight[a]

    # ---- flow, suppliers before customers

    def scrap(self, k):
        for i, survives in enumerate(k):
            if survives != 1.0:
                self.lots[i] = [lot * survives for lot in self.lots[i]]
                self.in_process[i] *= survives
                self.good_in_process[i] *= survives
                self.queue[i] *= survives

    def ship(self, t, a, road):
        """What leaves on link a; what arrives."""
        ring, leaves = self.freight[a], self.owed[a] * road * self.part[self.supplier[a]]
        self.owed[a] -= leaves
        if not ring:
            return leaves, leaves
        slot = t % len(ring)
        arrives, ring[slot] = ring[slot], leaves
        self.freight_value += self.freight_cost[a] * (leaves - arrives)
        return leaves, arrives

    def receive(self, t, k, road):
        freight, owed, part, supplier = self.freight, self.owed, self.part, self.supplier
        received = 0.0
        for a in self.links_of[k]:  # ship, in line
            ring, leaves = freight[a], owed[a] * road[a] * part[supplier[a]]
            owed[a] -= leaves
            if ring:
                slot = t % len(ring)
                arrives, ring[slot] = ring[slot], leaves
                self.freight_value += self.freight_cost[a] * (leaves - arrives)
                received += arrives
            else:
                received += leaves
        return received

    def begin(self, t, i, limit, slack, road):
        """Starts of stage i, and what its inputs cost."""
        on_hand, position, per_unit, inputs = self.on_hand, self.position, self.per_unit, self.inputs_of[i]
        P = self.wanted[i]
        X = P if P < limit else limit
        for k in inputs:
            on_hand[k] = R = on_hand[k] + self.receive(t, k, road)
            R /= per_unit[k]
            if R < X:
                X = R
        if X < P - slack:
            self.count_bottleneck(i, X, limit)
        cost = 0.0
        for k in inputs:
            used = per_unit[k] * X
            R, N = on_hand[k] - used, position[k] - used
            on_hand[k] = R = R if R > 0.0 else 0.0
            position[k] = N if N > 0.0 else 0.0
            cost += self.input_cost[k] * R
        self.worth.cost += cost
        return X

    def count_bottleneck(self, i, X, limit):
        if X == limit:
            self.worth.bound_by_line[i] += 1.0
            return
        for k in self.inputs_of[i]:
            if self.on_hand[k] / self.per_unit[k] == X:
                self.worth.bound_by_input[k] += 1.0
                return

    def flow_stages(self, t, c, y, road):
        stock, queue, in_process, good_in_process = self.stock, self.queue, self.in_process, self.good_in_process
        lots, movable, part, filled = self.lots, self.movable, self.part, self.filled
        outputs, utilisation, cost = self.worth.output, self.worth.utilisation, 0.0
        for i in reversed(self.order_of_stages):
            units, quiet, holding_cost, wip_cost, surge_cost = self.flowing[i]
            limit, finish_limit, good_now, good_later, slack, C, per_C = self.stage_flows[t][i]
            X = lot = self.begin(t, i, limit * c[i], slack, road)
            ring = lots[i]
            if ring:
                slot = t % len(ring)
                lot, ring[slot] = ring[slot], X
                W, G = in_process[i] + X - lot, good_in_process[i] + good_later * X - good_now * lot
                in_process[i] = W if W > 0.0 else 0.0
                good_in_process[i] = G if G > 0.0 else 0.0
            Q, O = queue[i] + lot, finish_limit * c[i]
            if Q < O:
                O = Q
            queue[i] = Q = Q - O
            output = units * y[i] * O
            F, E = stock[i] + output, movable[i]
            share = 0.0 if E <= 0.0 else F / E if F < E else 1.0
            part[i] = share
            filled[i] = 1.0 if E < quiet else share
            movable[i] = 0.0
            F -= share * E
            stock[i] = F = F if F > 0.0 else 0.0
            outputs[i] += output
            utilisation[i] += X * per_C
            cost += holding_cost * F + wip_cost * (in_process[i] + Q)
            if X > C:
                cost += surge_cost * (X - C)
        self.worth.cost += cost

    # ---- markets, and what the week was worth

    def serve(self, t, demand, road):
        p, w = self.p, self.worth
        due_value = served_value = late_value = late_units = backlog_value = 0.0
        for m, d in enumerate(demand):
            links, recent, price = self.links_of[p.market_input[m]], self.recent[m], p.market_price[m]
            n = len(recent)
            promised = sum(recent[week % n] for week in range(t + 1, t + 1 + n))
            shipped = sum(self.ship(t, a, road[a])[0] for a in links)
            owed = sum(self.owed[a] for a in links)
            due, lost = max(self.market_owed[m] - promised, 0.0), p.market_abandon[m] * max(owed - promised, 0.0)
            for a in links if lost else ():
                self.owed[a] -= self.owed[a] * (lost / owed)
            backlog = owed - lost
            late = max(backlog - promised, 0.0)
            due_value += price * due
            served_value += price * min(shipped, due)
            late_value += price * late
            late_units += late
            backlog_value += price * backlog
            w.demand_value += price * d
            w.abandoned += lost
            w.abandoned_value += price * lost
            w.cost += p.market_backlog_cost[m] * backlog
        w.late, w.late_value, self.backlog_value = late_units, late_value, backlog_value
        w.cost += self.freight_value
        self.judge(t, due_value, served_value, w)

    def judge(self, t, due, served, w):
        p = self.p
        q = served / due if due >= NOTHING * p.price_scale and served < (1.0 - NOTHING) * due else 1.0
        w.sum_late_value += w.late_value
        w.resilience_loss += 1.0 - q
        w.min_service = min(w.min_service, q)
        if q < p.threshold:
            w.weeks_below += 1.0
            w.run_below += 1.0
            w.first_below = min(w.first_below, float(t - p.warmup))
            w.longest_run_below = max(w.longest_run_below, w.run_below)
        else:
            w.run_below = 0.0
        if p.base_value[t] > NOTHING * p.price_scale:
            w.peak_backlog = max(w.peak_backlog, self.backlog_value / p.base_value[t])

    # ---- weeks and trials

    def run(self, factors):
        self.start()
        for t, (c, y, road, demand, k) in enumerate(factors):
            if t and t == self.p.warmup:
                self.begin_sums(t)
            self.source(t, c, road)
            self.order_markets(t, demand, road)
            self.order_stages(t, road)
            self.scrap(k)
            self.flow_stages(t, c, y, road)
            self.serve(t, demand, road)
        return peer.outcome(self.p, self.worth, ratio_or)


def ratio_or(numerator, denominator, scale, otherwise):
    return numerator / denominator if abs(denominator) > NOTHING * scale else otherwise


def main():
    p = peer.load(sys.argv[1])
    n = int(sys.argv[2]) if len(sys.argv) > 2 else p.n_trials
    given = [list(zip(*(kind[:, :, trial].tolist() for kind in (p.capacity, getattr(p, "yield"), p.shipping, p.demand,
                                                                p.scrap)))) for trial in range(n)]
    for name in ("market_input", "market_scale", "market_smoothing", "market_price", "market_abandon",
                 "market_backlog_cost", "base_value"):
        setattr(p, name, getattr(p, name).tolist())  # NumPy's scalars are slow
    trial = Trial(p)

    def run():
        begin = peer.clock()
        values = [trial.run(factors) for factors in given]
        return peer.clock() - begin, np.array(values).T

    peer.serve(p, run)


if __name__ == "__main__":
    main()
