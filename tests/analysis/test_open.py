#!/usr/bin/python3
"""A real result opens with both engines of xarray, group by group, and with ncdump and h5dump.

usage: test_open.py HOLDFAST SOURCE_DIR
"""
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np
import xarray as xr

HOLDFAST, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
BARE = {"performance", "provenance"}


def groups(path):
    names = [""]
    with h5py.File(path) as file:
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Group) else None)
    return names


def check(path, name, engine):
    with xr.open_dataset(path, group=name or None, engine=engine) as data:
        for variable in data.variables.values():
            where = f"{engine} {name}/{variable.name if hasattr(variable, 'name') else ''}"
            assert not any(str(d).startswith("phony") for d in variable.dims), where
            assert variable.dtype.kind not in "mM", f"{where}: became a time"
        for key, variable in data.data_vars.items():
            assert "long_name" in variable.attrs, f"{engine} {name}/{key}: no long_name"
            if variable.dtype.kind == "f":
                assert "units" in variable.attrs, f"{engine} {name}/{key}: no units"
        if data.data_vars and name.split("/")[0] not in BARE:
            assert len(data.dims) == 0 or not data.to_dataframe().empty
        return {key: data[key].values for key in data.variables}


def same(a, b):
    if a.dtype.kind in "OUS":
        return np.array_equal(a.astype(str), b.astype(str))
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/r.h5"
        subprocess.run([HOLDFAST, "run", SOURCE / "jobs" / "smoke.json", "--quiet", "--trials", "400",
                        "--record", "all", "--output", path], check=True)
        for name in groups(path):
            one, two = check(path, name, "netcdf4"), check(path, name, "h5netcdf")
            assert one.keys() == two.keys(), f"{name}: {one.keys() ^ two.keys()}"
            for key in one:
                assert same(one[key], two[key]), f"{name}/{key} differs between engines"
            print(f"/{name}: {len(one)} variables")
        for tool in (["ncdump", "-h", path], ["h5dump", "-H", path]):
            text = subprocess.run(tool, check=True, capture_output=True, text=True).stdout
            assert "fill_rate" in text, tool[0]
        wanted = {"summary", "exceedance", "distribution/fill_rate", "weekly", "stages", "hazards",
                  "tail", "trials", "inputs", "provenance", "performance"}
        assert wanted <= set(groups(path)), wanted - set(groups(path))


if __name__ == "__main__":
    main()
