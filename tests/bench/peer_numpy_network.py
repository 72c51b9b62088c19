"""The rows of the NumPy peer and the plan beside them: an object for each stage, input, link and market."""

from types import SimpleNamespace

import numpy as np

import peer
from peer import FAINT, NOTHING, QUIET, UNLIMITED

SCRATCH = "missing takers taken moves pool new owed seen x cover limit movable part".split()


def columns(rows):
    """[T][n] as n lists of T arrays without dimensions."""
    return [[np.array(x) for x in column] for column in rows.T.tolist()]


def inverse(rows, where):
    return np.divide(1, rows, out=np.zeros(rows.shape), where=where)


class Network:
    """Stages, inputs, links, markets: their rows, what the plan says of them, and who meets whom."""

    def __init__(self, p, lanes):
        assert lanes % p.n_trials == 0, "lanes: a multiple of the trials given"
        self.p, self.lanes, self.t = p, lanes, 0
        full = lambda x: np.full(lanes, x)
        self.zero, self.one, self.four, self.tiny, self.nothing = map(full, (0.0, 1.0, 4.0, 1e-300, NOTHING))
        for name in SCRATCH:
            setattr(self, name, full(0.0))
        most_links, most_inputs = max(p.input_n_links), max(p.stage_n_inputs)
        self.works, self.pull, self.sick = (list(rows) for rows in np.zeros((3, most_links, lanes)))
        self.possible = list(np.zeros((most_inputs, lanes)))
        self.some, self.behind, self.binds = np.zeros((3, lanes), bool)
        self.make_stages()
        self.make_inputs()
        self.make_links()
        self.make_markets()
        for link in self.links:
            link.supplier.outs.append(link)
        self.order = [self.stages[i] for level in peer.order_of_orders(p) for i in level]
        self.given = [(p.capacity, [s.capacity for s in self.stages]), (p.shipping, [a.road for a in self.links]),
                      (getattr(p, "yield"), [s.yields for s in self.stages]), (p.scrap, [s.scrap for s in self.stages]),
                      (p.demand, [m.demand for m in self.markets])]
        for link, open_weeks in zip(self.links, (p.shipping == 1).all(axis=2).T.tolist()):
            link.is_open = open_weeks
        self.some_scrap = [[self.stages[i] for i in np.flatnonzero((week != 1).any(axis=1))] for week in p.scrap]

    def make(self, names, n):
        names = names.split()
        return [SimpleNamespace(**dict(zip(names, rows))) for rows in np.zeros((n, len(names), self.lanes))]

    def make_stages(self):
        p, C, plan = self.p, self.p.stage_capacity, self.p.stage_plan
        learns, limited = plan >= FAINT * p.stage_scale, (C > 0) & (C < UNLIMITED)
        self.stages = self.make("stock queue in_process good learned ratio filled works wanted started capacity "
                                "yields scrap sum_output sum_utilisation sum_stock sum_wip sum_surge bound", p.n_stages)
        weeks = dict(per_plan=inverse(plan, learns), target=p.stage_target, good_now=p.stage_good_now,
                     good_later=p.stage_good_later, per_good_later=1 / p.stage_good_later,
                     start_limit=C * p.stage_surge_factor, finish_limit=p.stage_finish_capacity * p.stage_surge_factor,
                     slack=NOTHING * p.stage_scale / p.stage_good_later, full=C, per_full=inverse(C, limited))
        for name, rows in weeks.items():
            for s, column in zip(self.stages, columns(rows)):
                setattr(s, name, column)
        for i, s in enumerate(self.stages):
            s.learns, s.limited, s.outs = learns[:, i].tolist(), limited[:, i].tolist(), []
            s.alpha, s.nu, s.units = map(np.array, (p.stage_smoothing[i], p.stage_visibility[i],
                                                    p.stage_units_per_start[i]))
            s.target_units, s.quiet = p.stage_target_units[i] * p.stage_fixed_target[i], QUIET * p.stage_scale[i]
            s.has_surge_cost = p.stage_surge_cost[i] > 0
            s.lots = list(np.zeros((p.stage_cycle_weeks[i], self.lanes)))

    def make_inputs(self):
        p = self.p
        self.inputs = self.make("on_hand position order sum_on_hand bound", p.n_inputs)
        for k, (i, cap) in enumerate(zip(self.inputs, columns(p.input_order_cap))):
            b = p.input_per_unit[k]
            i.order_cap, i.is_one, i.per_unit, i.per_start, i.links = cap, b == 1, np.array(b), np.array(1 / b), []
        for s, first, n in zip(self.stages, p.stage_first_input, p.stage_n_inputs):
            s.inputs = self.inputs[first:first + n]

    def make_links(self):
        p = self.p
        self.links = self.make("owed health split asked road leaves arriving sum_leaves", p.n_links)
        weeks = zip(columns(p.link_share), columns(p.link_cover), columns(p.link_weight))
        for a, (link, (share, cover, weight)) in enumerate(zip(self.links, weeks)):
            link.share, link.cover, link.weight = share, cover, weight
            link.flex, link.rate, link.inertia = map(np.array, (p.link_flex[a], p.link_switch_rate[a],
                                                                1 - p.link_switch_rate[a]))
            link.supplier, link.input = self.stages[p.link_supplier[a]], self.inputs[p.link_input[a]]
            link.freight = list(np.zeros((p.link_transit_weeks[a], self.lanes)))
            link.holding_cost = p.stage_holding_cost[p.link_supplier[a]]
            link.costs = link.holding_cost > 0 and len(link.freight) > 0
            link.input.links.append(link)

    def make_markets(self):
        p = self.p
        self.markets = self.make("demand ratio", p.n_markets)
        for m, market in enumerate(self.markets):
            for name in "smoothing price abandon backlog_cost scale".split():
                setattr(market, name, getattr(p, "market_" + name)[m])
            market.base, market.input = p.market_base[:, m], self.inputs[p.market_input[m]]
            market.recent = list(np.zeros((p.market_quoted_weeks[m], self.lanes)))
        for link, k in zip(self.links, p.link_input):  # whose ratio the supplier sees
            consumers = self.markets if p.input_is_market[k] else self.stages
            link.consumer = consumers[p.input_consumer[k]]

    # ---- before a trial and before a week

    def deal(self, t):
        """The factors of week t, the given trials over and over."""
        for given, rows in self.given:
            for values, row in zip(given[t], rows):
                row.reshape(-1, self.p.n_trials)[:] = values

    def start(self):
        p = self.p
        for i, s in enumerate(self.stages):
            s.stock[:], s.in_process[:] = p.stage_stock_start[i], p.stage_in_process_start[i]
            s.good[:], s.queue[:], s.learned[:], s.ratio[:], s.filled[:] = p.stage_good_in_process_start[i], 0, 1, 1, 1
            for week, lot in enumerate(s.lots):
                lot[:] = p.lots_start[p.stage_first_lot[i] + week]
        for k, i in enumerate(self.inputs):
            i.on_hand[:], i.position[:] = p.input_stock_start[k], p.input_position_start[k]
        for a, link in enumerate(self.links):
            link.owed[:], link.health[:], link.split[:] = 0, 1, 1
            for week, freight in enumerate(link.freight):
                freight[:] = p.freight_start[p.link_first_freight[a] + week + 1]
        for market in self.markets:
            market.ratio[:] = 1
            for recent in market.recent:
                recent[:] = 0
