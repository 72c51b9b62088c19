"""What a run leaves to be resumed, read and written a second time: by its description, with no code of Holdfast's.

A flat file (src/io/sections.h): head, the bytes of its sections, a table of them, a footer. A folder
(src/io/checkpoints.h) of generations and the segments they name. Where a run stands: src/run/saved_parts.h.
"""
import hashlib
import re
import struct

HEAD, ROW, FOOTER, SEGMENT = (struct.Struct("=" + fields) for fields in ("8sQQ16s", "16sQQ64s", "Q64sQ", "QQ64s"))
MAGIC, WORD_ORDER, VERSION = b"HOLDFAST", 0x0102030405060708, 1


class Damaged(Exception):
    pass


def demand(truth, what):
    if not truth:
        raise Damaged(what)


def hexadecimal(*pieces):
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest().encode()


def word(name):
    return name.rstrip(b"\0").decode()


def layout(content):
    """(kind, [(name, offset, length)], offset of the table) of a file's bytes, all of them accounted for."""
    demand(len(content) >= HEAD.size + FOOTER.size, "too short")
    magic, order, version, kind = HEAD.unpack_from(content)
    demand((magic, order, version) == (MAGIC, WORD_ORDER, VERSION), "head")
    n, digest, length = FOOTER.unpack_from(content, len(content) - FOOTER.size)
    table = len(content) - FOOTER.size - n * ROW.size
    demand(length == len(content) and table >= HEAD.size, "footer")
    rows = content[table:len(content) - FOOTER.size]
    demand(digest == hexadecimal(content[:HEAD.size], rows), "table")
    sections, at = [], HEAD.size
    for name, offset, length, digest in ROW.iter_unpack(rows):
        demand(offset == at and offset + length <= table, "offsets")
        demand(digest == hexadecimal(content[offset:offset + length]), word(name))
        sections.append((word(name), offset, length))
        at += length
    demand(at == table, "gap")
    return word(kind), sections, table


def read(path, kind):
    """[(name, bytes)] of the sections of a file."""
    content = path.read_bytes()
    found, sections, _ = layout(content)
    demand(found == kind, f"is a {found}")
    return [(name, content[offset:offset + length]) for name, offset, length in sections]


def write(path, kind, sections, order=WORD_ORDER, version=VERSION):
    head, rows, at = HEAD.pack(MAGIC, order, version, kind.encode()), b"", HEAD.size
    for name, payload in sections:
        rows += ROW.pack(name.encode(), at, len(payload), hexadecimal(payload))
        at += len(payload)
    footer = FOOTER.pack(len(sections), hexadecimal(head, rows), at + len(rows) + FOOTER.size)
    path.write_bytes(b"".join([head, *(payload for _, payload in sections), rows, footer]))


def replace(path, kind, **changed):
    """Sections of the file get other bytes (None: are left out), and all digests hold."""
    old = read(path, kind)
    assert set(changed) <= {name for name, _ in old}
    new = [(name, changed.get(name, payload)) for name, payload in old]
    write(path, kind, [(name, payload) for name, payload in new if payload is not None])


def named(folder, kind):
    """Paths of the folder's generations or segments, newest first; what is aside is none."""
    files = folder.iterdir() if folder.is_dir() else []
    return sorted((path for path in files if re.fullmatch(kind + r"-\d{6}", path.name)), reverse=True)


def entry(segment):
    """(number, length, digest), as a generation names a segment."""
    content = segment.read_bytes()
    layout(content)
    return int(segment.name[-6:]), len(content), content[-FOOTER.size:][8:72]


def segments(generation):
    """Paths of the segments that a generation needs; Damaged if one of them is not what it names."""
    name, rows = read(generation, "generation")[-1]
    demand(name == "segments", "no list of segments")
    paths = []
    for named in SEGMENT.iter_unpack(rows):
        paths.append(generation.parent / f"segment-{named[0]:06d}")
        demand(entry(paths[-1]) == named, paths[-1].name)
    return paths


def trials_done(generation):
    """Of a whole generation."""
    segments(generation)
    _, trials, done = struct.unpack_from("=3Q", dict(read(generation, "generation"))["stand"])
    demand(done <= trials, "stand")
    return done


def newest(folder):
    """Trials that the newest generation has done; None if there is none. All have to be whole: a run that is killed
    leaves nothing damaged."""
    found = named(folder, "generation")
    for older in found[1:2]:
        trials_done(older)
    return trials_done(found[0]) if found else None
