#!/usr/bin/python3
"""The schemas say what the program does: editors and `holdfast check` accept and refuse the same files.

usage: test_schema.py HOLDFAST SOURCE_DIR

1. Every scenario and job in the tree is accepted by both.
2. Every file of tests/data/bad is refused by its schema, but for those listed here with the reason.
3. A small world holds every field. Each is given the values around each of its bounds and values of other types;
   each field is left out once; each object gets a key that it does not know and one that it does. Schema and program
   must agree on all of them, but for what is listed here.
"""
import copy
import json
import math
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from jsonschema import Draft202012Validator

HOLDFAST, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
SCHEMAS = {"holdfast-scenario/1": json.loads((SOURCE / "inputs/scenario.schema.json").read_text()),
           "holdfast-job/1": json.loads((SOURCE / "jobs/job.schema.json").read_text())}
VALIDATORS = {format: Draft202012Validator(schema) for format, schema in SCHEMAS.items()}
PARTS = {format: Draft202012Validator({**schema, "required": []}) for format, schema in SCHEMAS.items()}
BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
ANNOTATIONS = {"source", "confidence", "note"}
COMPLAINTS = []


def complain(text):
    COMPLAINTS.append(text)
    print("WRONG", text, flush=True)


def program_accepts(path):
    """The gate's word; a scenario that cannot be opened (3) stands behind a gate that was passed."""
    done = subprocess.run([HOLDFAST, "check", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          close_fds=False)  # which makes it quicker
    assert done.returncode in (0, 2) or "cannot be opened" in done.stderr, (path, done.returncode, done.stderr)
    return done.returncode != 2, done.stderr.split("\n")[0]


# --- 1. what the tree holds ---

def check_tree():
    for format, schema in SCHEMAS.items():
        Draft202012Validator.check_schema(schema)
    paths = [p for folder in ("inputs", "jobs", "tests/stat/published", "tests/data")
             for p in sorted((SOURCE / folder).glob("*.json")) if not p.name.endswith(".schema.json")]
    for path in paths:
        data = json.loads(path.read_text())
        for error in VALIDATORS[data["schema"]].iter_errors(data):
            complain(f"{path.name}: {error.json_path}: {error.message}")
        accepted, line = program_accepts(path)
        if not accepted:
            complain(f"{path.name}: refused by holdfast check: {line}")
    print(f"{len(paths)} scenarios and jobs of the tree: accepted by schema and program")


# --- 2. what must be refused ---

# Python's json refuses it before a schema is asked.
NO_JSON = """
    job_syntax syntax_bad_escape syntax_bad_hex syntax_byte_order_mark syntax_capital_word syntax_comment syntax_cut
    syntax_empty syntax_exponent_empty syntax_hexadecimal syntax_leading_zero syntax_minus_alone syntax_missing_colon
    syntax_missing_comma syntax_missing_value syntax_newline_in_string syntax_nul_byte syntax_plus syntax_point_first
    syntax_point_last syntax_single_quotes syntax_smart_quotes syntax_space_only syntax_tab_in_string
    syntax_trailing_comma syntax_trailing_comma_array syntax_trailing_text syntax_two_values syntax_unquoted_key
    syntax_utf16 syntax_utf8_byte syntax_utf8_cut syntax_utf8_overlong syntax_utf8_surrogate syntax_word_cut
    syntax_wrong_bracket"""
# It is read, and the schema accepts what is read.
BEYOND_A_SCHEMA = {
    "Python's json takes the last of two equal keys":
        "job_key_twice key_twice key_twice_escaped key_twice_in_array",
    "Python's json reads NUL and half a surrogate pair":
        "syntax_nul_escape syntax_surrogate_high_alone syntax_surrogate_low_alone syntax_surrogate_pair_broken",
    "an id must name a thing that is there":
        "accounts_unknown footprint_unknown market_region_unknown policy_measure_unknown select_country_unknown "
        "select_product_unknown select_stage_unknown select_tag_unknown source_uncited source_unknown "
        "stage_region_unknown trigger_unknown weights_unknown yield_factor_unknown",
    "the thing named must be of the right kind":
        "frailty_of_weekly market_product_other noise_factor_of_trial source_other_product weights_not_selected "
        "yield_factor_of_trial",
    "an id must be free, and so must its hash": "id_equal_hash id_of_stage_for_factor id_of_stage_for_market",
    "figures must stand in order": "distribution_min_max distribution_mode scheduled_decreasing warmup_long",
    "numbers of trials must go together":
        "job_inner_trials_no_divisor job_precision_inner_trials job_weighted_inner_trials job_weighted_strata_trials job_weighted_trials",
    "trials must be kept for what looks at them": "job_attribution_without_trials",
    "two lists must be of one length": "path_lengths",
    "a sum, a support or a mean is bounded": "footprint_sum job_strata_table_sum rate_huge rate_random_negative",
    "stages or triggers form a circle": "circle circle_of_one trigger_endless",
    "nothing of that kind is selected": "select_no_link select_nothing",
    "a patch is judged by what it makes of the scenario":
        "measure_unused patch_bad_value patch_makes_circle patch_removes_supplier patch_second_source "
        "patch_stage_unknown patch_unknown_key patches_on_one_value patches_on_part",
    "a scale is judged by what it leads to":
        "scale_nothing scale_of_object scale_of_text scale_of_whole scale_out_of_bounds",
}


def fate(path):
    """By whom a file is refused."""
    format = "holdfast-job/1" if path.name.startswith("job_") else "holdfast-scenario/1"
    try:
        data = json.loads(path.read_bytes().decode())
    except ValueError:
        return "json"
    return "program" if VALIDATORS[format].is_valid(data) else "schema"


def check_bad_files():
    listed = dict.fromkeys(NO_JSON.split(), "json")
    listed |= {name: "program" for names in BEYOND_A_SCHEMA.values() for name in names.split()}
    paths = sorted((SOURCE / "tests/data/bad").glob("*.json"))
    for path in paths:
        wanted, found = listed.pop(path.stem, "schema"), fate(path)
        if wanted != found:
            complain(f"bad/{path.name}: refused by the {found}; the lists of this test say, by the {wanted}")
    for name in listed:
        complain(f"bad/{name}.json is listed and does not exist")
    n_json, n_program = len(NO_JSON.split()), sum(len(names.split()) for names in BEYOND_A_SCHEMA.values())
    print(f"{len(paths)} bad files: {len(paths) - n_json - n_program} refused by the schema, {n_program} by the "
          f"program alone, {n_json} are no JSON")


# --- 3. a world that holds every field ---

SCENARIO = {
    "schema": "holdfast-scenario/1", "title": "t", "start": "2026-01-05", "horizon_weeks": 4, "warmup_weeks": 1,
    "service_threshold": 0.9, "currency": "USD",
    "regions": {"FAR": {"name": "n", "country": "FA", "domestic": False, "lat": 1, "lon": 1},
                "HOME": {"country": "HM", "domestic": True}},
    "factors": {"weather": {"kind": "weekly", "persistence": 0.5}, "decade": {"kind": "trial"}},
    "accounts": {"jobs": {"name": "n", "unit": "week"}},
    "stages": {
        "ORE": {"product": "METAL", "region": "FAR", "tags": ["raw"]},
        "SCRAP": {"product": "METAL", "footprint": {"FAR": 0.5, "HOME": 0.5}},
        "MILL": {
            "name": "n", "product": "SHEET", "region": "HOME", "unit": "t", "capacity": 30, "surge": 0.1,
            "cycle_weeks": 1, "units_per_start": 1, "stock": {"weeks": 1}, "visibility": 0.5, "smoothing": 0.1,
            "yield": {"mean": 0.9, "sigma": 0.1, "persistence": 0.5, "factor": "weather", "loading": 0.5},
            "value_added": 1, "holding_cost": 1, "wip_holding_cost": 1, "surge_cost": 1, "accounts": {"jobs": 1},
            "inputs": {"METAL": {
                "per_unit": 1, "cover_weeks": 1, "holding_cost": 1,
                "sources": {"ORE": {"share": 0.5, "flex": 1, "transit_weeks": 1, "switch_weeks": 1},
                            "SCRAP": {"share": 0.5}}}}}},
    "markets": {"SHOP": {
        "name": "n", "product": "SHEET", "region": "HOME", "demand": 10, "sources": {"MILL": {}}, "price": 1,
        "quoted_weeks": 1, "smoothing": 0.1, "abandon": 0.1, "backlog_cost": 1,
        "noise": {"kind": "lognormal", "sigma": 0.1, "persistence": 0.5, "factor": "weather", "loading": 0.5}}},
    "hazards": {
        "STORM": {
            "name": "n", "family": "natural", "arrival": {"poisson": {"per_year": 1e-6}},
            "season": {"first_month": 1, "last_month": 2}, "frailty": {"factor": "decade", "sigma": 0.5},
            "duration": 1, "recovery": {"shape": "linear", "weeks": 1}, "severity": 0.5,
            "effects": [
                {"channel": "capacity", "exposure": 0.5, "pick": "one", "weights": {"ORE": 1},
                 "select": {"stages": ["ORE"], "products": ["METAL"], "tags": ["raw"], "markets": ["SHOP"],
                            "regions": ["FAR"], "countries": ["FA"]}},
                {"channel": "shipping", "exposure": 0.5, "pick": "one",
                 "select": {"from": {"regions": ["FAR"], "countries": ["FA"]},
                            "to": {"regions": ["HOME"], "countries": ["HM"]}}},
                {"channel": "demand", "exposure": 0.5, "pick": "one", "weights": {"SHOP": 1},
                 "select": {"markets": ["SHOP"]}}],
            "triggers": {"FAULT": {"probability": 0.5, "lag_weeks": 1}}},
        "FAULT": {"family": "my_own", "arrival": {"bernoulli": {"probability": 0.1}}, "duration": 1,
                  "recovery": {"shape": "exponential", "tau": 1}, "effects": [{"channel": "yield"}]},
        "VISIT": {"family": "yield", "arrival": {"scheduled": {"weeks": [1]}}, "duration": 1,
                  "recovery": {"shape": "logistic", "midpoint": 1, "width": 1}, "effects": [{"channel": "scrap"}]}},
    "measures": {"WIDER": {"name": "n", "cost": 1, "patch": {}, "scale": {"hazards.VISIT.severity": 0.5}}},
    "policies": {"wide": {"name": "n", "measures": ["WIDER"]}},
    "references": {"R": "r"},
}
KNOTS = {"weeks": [0], "values": [0.5]}
FAMILIES = {"uniform": {"min": 1, "max": 2}, "triangular": {"min": 1, "mode": 2, "max": 3}, "exponential": {"mean": 1},
            "gamma": {"shape": 1, "scale": 1}, "lognormal": {"median": 1, "sigma": 1},
            "weibull": {"shape": 1, "scale": 1}, "beta": {"mean": 0.5, "concentration": 1},
            "geometric": {"probability": 0.5}, "poisson": {"mean": 1}, "empirical": {"values": [1]}}
# Where a field has several spellings: the others, one a variant.
VARIANTS = [
    {"stages.MILL.stock": {"units": 1}}, {"stages.MILL.capacity": KNOTS}, {"stages.MILL.yield.mean": KNOTS},
    {"markets.SHOP.demand": KNOTS}, {"markets.SHOP.noise.kind": "normal"},
    {"markets.SHOP.noise": {"kind": "iid", "of": 1}}, {"hazards.VISIT.recovery": {"shape": "step"}},
    {f"stages.MILL.inputs.METAL.sources.{supplier}.share": "capacity" for supplier in ("ORE", "SCRAP")},
] + [{"hazards.FAULT.duration": {family: parameters, "times": 1, "plus": 1}} for family, parameters in FAMILIES.items()]
JOB = {"schema": "holdfast-job/1", "title": "t", "note": "n", "scenario": "world.json", "policies": ["baseline"],
       "trials": 16, "first_trial": 8, "inner_trials": 1, "seed": 1, "record": "tail",
       "tail": {"metric": "cost", "count": 1}, "confidence": 0.9, "exact_trials": 16, "output": "o.h5",
       "checkpoint_minutes": 5,
       "precision": {"metric": "cost", "statistic": "mean", "relative": 0.1},
       "sampling": {"strata": {"hazards": ["STORM"], "table": [4, 4]}, "tilts": {"STORM": 2}},
       "attribution": {"metrics": ["cost"]}}
JOB_VARIANTS = [{"seed": "1"}] + [{f"{part}.metric": "account_jobs_of_plan"} for part in ("tail", "precision")]


def member(data, path):
    for key in path:
        data = data[key]
    return data


def replaced(data, path, value):
    """A copy with `value` at `path`; value ...: without what was there."""
    data = copy.deepcopy(data)
    holder = member(data, path[:-1])
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return data


def along(data, path, value):
    """Changes what must go with a value, lest something else be wrong."""
    is_number, family = type(value) in (int, float), path[-2:-1]
    if path == ("warmup_weeks",):
        data["horizon_weeks"] = 5200
    if path == ("horizon_weeks",):
        data["warmup_weeks"] = 0
    if path in (("trials",), ("first_trial",), ("inner_trials",), ("exact_trials",)):
        del data["sampling"], data["attribution"], data["precision"]
        data |= {"trials": 1048576, "first_trial": 1048576, "inner_trials": 1, "exact_trials": 1048576}
        if value is ...:
            del data[path[0]]
        else:
            data[path[0]] = value
    if path[:-1] == ("sampling", "strata", "table") and is_number and value in range(1, 8):
        data["sampling"]["strata"]["table"][1 - path[-1]] = 8 - value
    if path == ("record",):
        del data["attribution"]
    if "footprint" in path and is_number and 0 <= value <= 1:
        rest = {"FAR", "HOME"} - {path[-1]}
        data["stages"]["SCRAP"]["footprint"] = {path[-1]: value} | {key: 1 - value for key in rest if value < 1}
    if family in (("uniform",), ("triangular",)) and is_number:
        parameters = member(data, path[:-1])
        for key in parameters.keys() - {path[-1]}:
            parameters[key] = value
    return data


# Where the two differ, and why; what differs no longer must go from here.
DIFFERENCES = {
    "others name what is gone": [
        "factors {}", "factors absent", "accounts {}", "accounts absent", "hazards {}", "hazards absent",
        "measures {}", "measures absent", "stages.ORE.tags absent", "stages.MILL.inputs {}",
        "stages.MILL.inputs absent"],
    "two lists must be of one length": [
        "stages.MILL.capacity.values [0.5, 0.5]", "stages.MILL.yield.mean.values [0.5, 0.5]",
        "markets.SHOP.demand.values [0.5, 0.5]"],
    "a table sums to 8": ["sampling.strata.table [4, 4, 4, 4]"],
}
KNOWN = {place for places in DIFFERENCES.values() for place in places}


class Walk:
    """A schema along instances that it accepts: each place with the parts of the schema that speak of it."""

    def __init__(self, schema):
        self.schema, self.met = schema, set()

    def parts(self, schemas, value):
        for schema in schemas:
            self.met.add(id(schema))
            yield schema
            if "$ref" in schema:
                yield from self.parts([member(self.schema, schema["$ref"].split("/")[1:])], value)
            for branch in schema.get("anyOf", []) + schema.get("oneOf", []):
                inside = {**branch, "$defs": self.schema.get("$defs", {})}
                if not isinstance(value, (dict, list)) or Draft202012Validator(inside).is_valid(value):
                    yield from self.parts([branch], value)

    def places(self, schemas, value, path=(), is_field=False):
        parts = list(self.parts(schemas, value))
        yield path, value, parts, is_field
        for key, child in value.items() if isinstance(value, dict) else ():
            fields = [p["properties"][key] for p in parts if key in p.get("properties", {})]
            others = [p["additionalProperties"] for p in parts if p.get("additionalProperties") and not fields]
            yield from self.places(fields + others, child, path + (key,), bool(fields))
        for index, child in enumerate(value) if isinstance(value, list) else ():
            yield from self.places([p["items"] for p in parts if "items" in p], child, path + (index,))

    def unmet(self, schema, path="#"):
        """Fields, and parts of the schema with bounds, that no instance had."""
        children = enumerate(schema) if isinstance(schema, list) else schema.items() if isinstance(schema, dict) else ()
        if isinstance(schema, dict) and BOUNDS & set(schema) and id(schema) not in self.met:
            yield path
        for key, child in children:
            is_field = path.endswith("/properties") and key not in ANNOTATIONS and "/dependentSchemas" not in path
            if is_field and "/additionalProperties/properties/share" not in path and id(child) not in self.met:
                yield f"{path}/{key}"
            yield from self.unmet(child, f"{path}/{key}")


def around(parts):
    """The values at the bounds of a number and just beyond them."""
    bounds = {(p[key], key) for p in parts for key in BOUNDS if key in p}
    whole = any(p.get("type") == "integer" for p in parts)
    values = {0, -1, 0.5} if whole else {0, -1}
    for bound, key in bounds:
        side = -1 if key.endswith("inimum") else 1
        step = 1 if bound < 2**53 else 2  # to the next that a double holds
        values |= {bound, bound + side * step if whole else math.nextafter(bound, side * math.inf)}
        if key.startswith("exclusive"):
            values.add(math.nextafter(bound, -side * math.inf))
    return sorted(values)


def values_for(parts, value, is_field):
    yield from (None, type(value)()) if isinstance(value, (dict, list)) else (None,)
    yield from ("!", True) if is_field and not isinstance(value, str) else (1,) if is_field else ()
    if type(value) in (int, float):
        yield from around(parts)
    if isinstance(value, str):
        longest = min((p["maxLength"] for p in parts if "maxLength" in p), default=0)
        yield from ("x" * longest, "x" * (longest + 1), "a\u007fb") if longest else ("x" * 65,)
        yield from ("", "a\nb")
    if isinstance(value, list):
        yield value + value


def cases_of(data, variants, walk):
    """(changed instance, path, value, ... where absent): each spelling of each place with each value."""
    done = set()
    for variant in [{}] + variants:
        world = data
        for name, value in variant.items():
            world = replaced(world, name.split("."), value)
        yield world, ("variant",), variant
        for path, value, parts, is_field in walk.places([walk.schema], world):
            spelling = value if isinstance(value, str) else sorted(value) if isinstance(value, dict) else 0
            place = (path, str(spelling))
            if not path or place in done:
                continue
            done.add(place)
            for other in values_for(parts, value, is_field):
                yield along(replaced(world, path, other), path, other), path, other
            for key in ("surplus", "note") if isinstance(value, dict) else ():
                yield replaced(world, path + (key,), "n"), path + (key,), "n"
            if is_field:
                yield replaced(world, path, ...), path, ...


def schema_accepts(format, world, path):
    """What the schema says of `world`, changed at `path`. Other members of the root, and of the map that holds the
    changed thing, are as they were and no rule of it ties them together: they are left out, to be quick."""
    if len(path) < 2 or not isinstance(world[path[0]], dict):
        return VALIDATORS[format].is_valid(world)
    part = world[path[0]]
    if len(path) > 2 and "additionalProperties" in SCHEMAS[format]["properties"][path[0]]:
        part = {path[1]: part[path[1]]}
    return PARTS[format].is_valid({path[0]: part})


def check_places(data, variants, folder, unseen):
    format = data["schema"]
    walk = Walk(SCHEMAS[format])
    cases = list(cases_of(data, variants, walk))

    def judge(numbered):
        number, (world, path, value) = numbered
        file = folder / f"{number}.json"
        file.write_text(json.dumps(world))
        accepted, line = program_accepts(file)
        file.unlink()
        return schema_accepts(format, world, path), accepted, line

    with ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(judge, enumerate(cases)))
    for (_, path, value), (by_schema, by_program, line) in zip(cases, verdicts):
        place = f"{'.'.join(map(str, path))} {'absent' if value is ... else json.dumps(value)}"
        if by_schema != by_program and place in KNOWN:
            unseen.discard(place)
        elif by_schema != by_program:
            complain(f"{place}: the schema {'accepts' if by_schema else 'refuses'} it, the program "
                     f"{'accepts it' if by_program else 'does not: ' + line}")
    for path in walk.unmet(walk.schema):
        complain(f"{format}: {path} is nowhere in the world of this test")
    n_accepted = sum(accepted for _, accepted, _ in verdicts)
    print(f"{format}: {len(cases)} cases, of which the program accepts {n_accepted}")


def main():
    check_tree()
    check_bad_files()
    unseen = set(KNOWN)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "world.json").write_text(json.dumps(SCENARIO))
        check_places(SCENARIO, VARIANTS, folder, unseen)
        check_places(JOB, JOB_VARIANTS, folder, unseen)
    for place in unseen:
        complain(f"{place}: listed as a difference, and is none")
    print(f"{len(KNOWN)} known differences")
    sys.exit(f"{len(COMPLAINTS)} wrong" if COMPLAINTS else 0)


if __name__ == "__main__":
    main()
