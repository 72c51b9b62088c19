"""A result opens everywhere: each trap of HDF5 and netCDF-4 that was measured has its assertion here.

Usage: test_traps.py WRITE_SAMPLE, the program that writes tests/sample_tables.c and prints the digest.
The content digest is recomputed here from h5py alone, by the words of src/io/digest.h.
"""

import hashlib
import os
import struct
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np
import xarray

WRITE_SAMPLE = None
POLICIES = ["baseline", "réserve stratégique"]
ENGINES = ("netcdf4", "h5netcdf")
LEFT_OUT = ("/provenance", "/performance")
NO_VARIABLE = b"This is a netCDF dimension but not a netCDF variable"
BOOKKEEPING = {"CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "DIMENSION_LABELS"}


def objects(file):
    """(path, object) of the root and all below it."""
    found = [("/", file["/"])]
    file.visititems(lambda name, thing: found.append(("/" + name, thing)))
    return found


def is_scale(dataset):
    return h5py.h5ds.is_scale(dataset.id)


def is_ours(name):
    return name not in BOOKKEEPING and not name.startswith(("_Netcdf4", "_NC"))


def number(n):
    return struct.pack("<Q", n)


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return number(len(value)) + value


def content(dtype, values):
    """(word of the type, bytes of the values)"""
    if h5py.check_string_dtype(dtype):
        return "string", b"".join(text(v) for v in np.ravel(values))
    if dtype == np.float64:
        plain = np.where(np.isnan(values), np.uint64(0x7FF8000000000000), np.asarray(values).view("u8"))
        return "double", plain.astype("<u8").tobytes()
    return np.dtype(dtype).name, np.asarray(values).astype(np.dtype(dtype).newbyteorder("<")).tobytes()


def attribute_bytes(thing):
    names = sorted((n for n in thing.attrs if is_ours(n)), key=str.encode)
    out = number(len(names))
    for name in names:
        value = thing.attrs[name]
        dtype = thing.attrs.get_id(name).dtype
        word, values = content(dtype, np.array(value, dtype=object if isinstance(value, str) else None))
        out += text(name) + text(word) + number(1) + values
    return out


def variable_bytes(path, dataset):
    if dataset.attrs.get("NAME", b"").startswith(NO_VARIABLE):
        return b""
    if is_scale(dataset):
        names = [path.rsplit("/", 1)[1]]
    else:
        names = [d[0].name.rsplit("/", 1)[1] for d in dataset.dims]
    word, values = content(dataset.dtype, dataset[()])
    out = text("variable") + text(path) + number(len(names))
    for name, length in zip(names, dataset.shape):
        out += text(name) + number(length)
    return out + text(word) + attribute_bytes(dataset) + values


def content_digest(path):
    digest = hashlib.sha256(b"holdfast-content/1")
    with h5py.File(path, "r") as file:
        for name, thing in sorted(objects(file), key=lambda item: item[0].encode()):
            if name.startswith(LEFT_OUT):
                continue
            if isinstance(thing, h5py.Group):
                digest.update(text("group") + text(name) + attribute_bytes(thing))
            else:
                digest.update(variable_bytes(name, thing))
    return digest.hexdigest()


def write_sample(path):
    done = subprocess.run([WRITE_SAMPLE, path], check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Traps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = os.path.join(cls.folder.name, "sample.h5")
        cls.digest = write_sample(cls.path)
        with h5py.File(cls.path, "r") as file:
            cls.groups = [n for n, thing in objects(file) if isinstance(thing, h5py.Group)]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def open_groups(self):
        for engine in ENGINES:
            for group in self.groups:
                with xarray.open_dataset(self.path, engine=engine, group=group) as data:
                    yield group, data.load()

    def each_dataset(self):
        with h5py.File(self.path, "r") as file:
            for name, thing in objects(file):
                if isinstance(thing, h5py.Dataset):
                    yield name, thing

    def test_it_is_written_whole_and_alone(self):
        self.assertEqual(os.listdir(self.folder.name), ["sample.h5"])

    def test_digest_is_what_python_computes(self):
        self.assertEqual(self.digest, content_digest(self.path))
        with h5py.File(self.path, "r") as file:
            self.assertEqual(file["provenance"].attrs["content_digest"], self.digest)

    def test_python_notices_each_change(self):
        for change in (
            lambda f: f["summary/value"].__setitem__((0, 0, 0), 0.5),
            lambda f: f["summary/value"].attrs.__setitem__("method", "guess"),
            lambda f: f.attrs.__setitem__("title", "x"),
            lambda f: f.move("summary/metric", "summary/metrics"),
        ):
            path = os.path.join(self.folder.name, "changed.h5")
            write_sample(path)
            with h5py.File(path, "r+") as file:
                change(file)
            self.assertNotEqual(content_digest(path), self.digest)
            os.remove(path)

    def test_every_group_opens_with_all_its_variables(self):
        with h5py.File(self.path, "r") as file:
            for group, data in self.open_groups():
                stored = {
                    n
                    for n, thing in file[group].items()
                    if isinstance(thing, h5py.Dataset)
                    and not thing.attrs.get("NAME", b"").startswith(NO_VARIABLE)
                }
                self.assertEqual(set(data.variables), stored)

    def test_dimensions_and_coordinates_stand_in_each_group(self):
        expected = {
            "/summary": {"policy": 2, "metric": 3, "statistic": 2},
            "/distribution/fill_rate": {"policy": 2, "bin": 4, "edge": 5},
            "/weekly": {"policy": 2, "week": 5, "quantile": 3, "stage": 2, "offset": 3},
            "/tail": {"policy": 2, "rank": 2},
            "/convergence": {"look": 0},
            "/trials": {"policy": 2, "trial": 70000},
        }
        for group, data in self.open_groups():
            if group in expected:
                self.assertEqual(dict(data.sizes), expected[group])
            if "policy" in data.sizes:
                self.assertEqual(list(data["policy"].values), POLICIES)
            if group == "/weekly":
                self.assertEqual(data["backlog"].dims, ("policy", "week", "quantile", "stage"))
                self.assertEqual(list(data["week"].values), [-2, -1, 0, 1, 2])
                value = data["backlog"].sel(policy=POLICIES[1], week=2, quantile=0.95)
                self.assertAlmostEqual(float(value[1]), 0.059, places=15)

    def test_values_arrive(self):
        for group, data in self.open_groups():
            if group == "/summary":
                value = data["value"].values.ravel()
                self.assertTrue(np.isnan(value[7]))
                self.assertEqual([v for i, v in enumerate(value) if i != 7],
                                 [0.1 * i for i in range(12) if i != 7])
                self.assertEqual(float(data["confidence_level"]), 0.0)
            elif group == "/distribution/fill_rate":
                self.assertEqual(int(data["count"][1, 3]), 2**63 + 7)
            elif group == "/tail":
                texts = [str(v) for v in data["events"].values.ravel()]
                self.assertEqual(texts, ['strait closed, "again"', "", "", "地震"])
            elif group == "/provenance":
                self.assertEqual(data["job"].item(), "{}\n")
            elif group == "/inputs":
                self.assertEqual(data["job_resolved"].item(), '{"trials": 1000}')
            elif group == "/":
                self.assertEqual(int(data.attrs["seed"]), 2**64 - 1)
                self.assertEqual(data.attrs["title"], "Ein Beispiel: Widerstandsfähigkeit")

    def test_units_and_names_arrive_and_no_number_becomes_a_time(self):
        for group, data in self.open_groups():
            for name, variable in data.variables.items():
                self.assertNotIn(variable.dtype.kind, "mM", f"{group}/{name}")
            if group == "/weekly":
                self.assertEqual(data["backlog"].attrs["units"], "week")
                self.assertEqual(data["delay"].attrs["units"], "day")
                self.assertEqual(data["delay"].dtype, np.int64)
                self.assertEqual(data["backlog"].attrs["long_name"], "late backlog")
            if group == "/performance":
                self.assertEqual(data["seconds"].dtype, np.float64)

    def test_flags_are_booleans(self):
        for group, data in self.open_groups():
            if group == "/summary":
                self.assertEqual(data["resolved"].dtype, bool)
                self.assertEqual(list(data["resolved"].values), [True, False, True])

    def test_integers_stay_integers(self):
        for group, data in self.open_groups():
            if group == "/distribution/fill_rate":
                self.assertEqual(data["count"].dtype, np.uint64)
        for name, dataset in self.each_dataset():
            self.assertEqual("_FillValue" in dataset.attrs,
                             dataset.dtype == np.float64 and not is_scale(dataset))

    def test_fill_value_is_of_the_variables_own_type(self):
        for name, dataset in self.each_dataset():
            if "_FillValue" in dataset.attrs:
                self.assertEqual(dataset.attrs.get_id("_FillValue").dtype, dataset.dtype)
                self.assertTrue(np.isnan(dataset.attrs["_FillValue"]))

    def test_pandas(self):
        for group, data in self.open_groups():
            if not data.sizes:
                continue
            frame = data.to_dataframe()
            if group == "/trials":
                self.assertEqual(frame.shape, (140000, 1))
                self.assertEqual(frame.loc[(POLICIES[1], 8), "fill_rate"], 2 / 1009)

    def test_only_plain_types(self):
        allowed = {np.dtype("<f8"), np.dtype("<i8"), np.dtype("<u8"), np.dtype("u1")}
        for name, dataset in self.each_dataset():
            kind = dataset.id.get_type().get_class()
            self.assertNotIn(kind, (h5py.h5t.ENUM, h5py.h5t.COMPOUND, h5py.h5t.OPAQUE))
            self.assertNotEqual(dataset.id.get_space().get_simple_extent_type(), h5py.h5s.NULL)
            if dataset.attrs.get("NAME", b"").startswith(NO_VARIABLE):
                continue
            string = h5py.check_string_dtype(dataset.dtype)
            if string:
                self.assertEqual((string.encoding, string.length), ("utf-8", None))
            else:
                self.assertIn(dataset.dtype, allowed)
            if dataset.dtype == np.uint8:
                self.assertEqual(dataset.attrs["dtype"], "bool")

    def test_text_attributes_are_variable_length_utf8(self):
        with h5py.File(self.path, "r") as file:
            for name, thing in objects(file):
                for key in filter(is_ours, thing.attrs):
                    string = h5py.check_string_dtype(thing.attrs.get_id(key).dtype)
                    if string:
                        self.assertEqual((string.encoding, string.length), ("utf-8", None), (name, key))
                    self.assertEqual(thing.attrs.get_id(key).shape, ())

    def test_every_axis_has_a_scale_of_its_own_group(self):
        for name, dataset in self.each_dataset():
            if is_scale(dataset):
                continue
            axes = [axis[0].name for axis in dataset.dims]
            self.assertEqual(len(set(axes)), dataset.ndim)
            for axis in axes:
                self.assertEqual(axis.rsplit("/", 1)[0], name.rsplit("/", 1)[0])

    def test_creation_order_is_tracked_and_indexed(self):
        both = h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED
        with h5py.File(self.path, "r") as file:
            for name, thing in objects(file):
                creation = thing.id.get_create_plist()
                self.assertEqual(creation.get_attr_creation_order(), both, name)
                if isinstance(thing, h5py.Group):
                    self.assertEqual(creation.get_link_creation_order(), both, name)
            names, summary = [], file["summary"]
            summary.id.links.visit(names.append, idx_type=h5py.h5.INDEX_CRT_ORDER)
            self.assertEqual(names[:4], [b"policy", b"metric", b"statistic", b"value"])

    def test_no_times(self):
        with h5py.File(self.path, "r") as file:
            for name, thing in objects(file):
                info = h5py.h5o.get_info(thing.id)
                self.assertFalse(thing.id.get_create_plist().get_obj_track_times(), name)
                self.assertEqual(getattr(info, "mtime", 0), 0, name)

    def test_earliest_format(self):
        with h5py.File(self.path, "r") as file:
            self.assertEqual(file.libver[0], "earliest")
            self.assertEqual(file.id.get_create_plist().get_version()[0], 0)  # of the superblock

    def test_two_files_are_equal_byte_for_byte(self):
        again = os.path.join(self.folder.name, "again.h5")
        self.assertEqual(write_sample(again), self.digest)
        with open(self.path, "rb") as first, open(again, "rb") as second:
            self.assertEqual(first.read(), second.read())
        os.remove(again)

    def test_command_line_tools(self):
        for tool in (["ncdump"], ["h5dump"], ["ncdump", "-h"], ["h5dump", "-A"]):
            done = subprocess.run(tool + [self.path], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), tool)
            self.assertNotIn("NIL", done.stdout)  # a string that is not there crashes some readers
            self.assertIn("réserve" if tool == ["ncdump"] else "summary", done.stdout)

    def test_repacked_with_other_chunks_and_compression_it_has_the_same_digest(self):
        packed = os.path.join(self.folder.name, "packed.h5")
        subprocess.run(["h5repack", "-l", "/trials/fill_rate:CHUNK=1x100", "-f",
                        "/trials/fill_rate:GZIP=4", self.path, packed], check=True)
        self.assertEqual(content_digest(packed), self.digest)
        os.remove(packed)

    def test_provenance_names_no_user(self):
        with h5py.File(self.path, "r") as file:
            self.assertEqual(file["provenance/host"].asstr()[1], "node?")
            self.assertEqual(file["provenance"].attrs["command_line"], "holdfast run 'it'\\''s.json'")
            self.assertFalse({"user", "login"} & set(file["provenance"].attrs))


if __name__ == "__main__":
    WRITE_SAMPLE = sys.argv.pop(1)
    unittest.main(verbosity=2)
