"""A result file, as far as another program needs it: the question that was asked and the trials."""
import json

import h5py
import numpy as np

LOW_IS_BAD = {"fill_rate", "min_service", "time_to_survive", "domestic_share"}  # and the accounts
PERIOD = 8  # strata repeat every so many trials
FIRST_LOOK = 1024  # and twice as many, and so on


def texts(dataset):
    return [text.decode() for text in dataset[:]]


def is_low_bad(metric):
    return metric in LOW_IS_BAD or metric.startswith("account_")


class Result:
    """What was asked, and what every trial gave. Weights are None where every trial weighs 1."""

    def __init__(self, path):
        self.file = h5py.File(path)
        if "trials" not in self.file:
            raise SystemExit(f'{path}: holds no trials; run the job with "record": "all"')
        trials = self.file["trials"]
        self.job = json.loads(self.file["inputs/job_resolved"][()])
        self.scenario = json.loads(self.file["inputs/scenario_resolved"][()])
        self.policies = texts(trials["policy"])
        self.metrics = texts(self.file["summary/metric"])
        self.values = {metric: trials[metric][:] for metric in self.metrics}  # [policy, trial]
        self.weights = trials["weight"][:] if "weight" in trials else None  # [policy, trial]
        self.numbers = trials["trial"][:]
        self.n = len(self.numbers)
        self.looks = self.find_looks()
        self.confidence = 1 - (1 - self.job["confidence"]) / len(self.looks)

    def weights_of(self, policy):
        return None if self.weights is None else self.weights[policy]

    def calm_of(self, policy, metric):
        """What the metric is where nothing happens, which weights leave alone. It cannot be told from the trials."""
        if self.weights is None:
            return 0.0
        return float(self.file["sampling/calm"][policy, self.metrics.index(metric)])

    @property
    def unit(self):
        """Trials in a row that are not independent of each other."""
        return PERIOD if self.weights is not None and self.inner_trials() == 1 else self.inner_trials()

    def inner_trials(self):
        return self.job.get("inner_trials", 1)

    def shares_rates(self):
        """Whether trials of an outer draw have random rates in common, and so are not independent."""
        rates = [h["arrival"].get("poisson", {}).get("per_year", 0) for h in self.scenario["hazards"].values()]
        return self.inner_trials() > 1 and any(isinstance(rate, dict) for rate in rates)

    def weeks(self):
        """Weeks that count."""
        return self.scenario["horizon_weeks"] - self.scenario.get("warmup_weeks", 0)

    def strata(self):
        """The stratum of each trial of a period."""
        table = self.job.get("sampling", {}).get("strata", {}).get("table", [PERIOD])
        return [s for s, n in enumerate(table) for _ in range(n)]

    def find_looks(self):
        """Numbers of trials at which the run might stop."""
        looks, at = [], FIRST_LOOK
        while "precision" in self.job and at < self.job["trials"]:
            looks.append(at)
            at *= 2
        return looks + [self.job["trials"]]


def sides(result):
    return np.array(["low" if is_low_bad(metric) else "high" for metric in result.metrics])
