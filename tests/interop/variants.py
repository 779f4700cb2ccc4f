"""Variants as files hold them (the Parquet variant encoding), made by hand, and tables of them."""
import datetime
import decimal
import json
import pathlib
import struct
import uuid

import pyarrow as pa
import pyarrow.parquet as pq


class Raw(bytes):
    """A value's bytes as they are."""


def width_of(n):
    return next(w for w in (1, 2, 3, 4) if n < 1 << 8 * w)


def little(n, width):
    return n.to_bytes(width, "little")


def keys_of(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


def metadata(keys):
    names = [k.encode() for k in keys]
    width = width_of(max(sum(map(len, names)), len(names)))
    out = bytes([1 | 0x10 | (width - 1) << 6]) + little(len(names), width)
    at = 0
    for name in [b""] + names:
        at += len(name)
        out += little(at, width)
    return out + b"".join(names)


def primitive(kind, data=b""):
    return bytes([kind << 2]) + data


def whole(n):
    for kind, fmt, bits in ((3, "<b", 8), (4, "<h", 16), (5, "<i", 32), (6, "<q", 64)):
        if -(1 << bits - 1) <= n < 1 << bits - 1:
            return primitive(kind, struct.pack(fmt, n))
    raise ValueError(n)


def exact(d):
    sign, digits, exponent = d.as_tuple()
    unscaled = int("".join(map(str, digits))) * (-1 if sign else 1)
    size, kind = next((s, k) for s, k in ((4, 8), (8, 9), (16, 10)) if -(1 << 8 * s - 1) <= unscaled < 1 << 8 * s - 1)
    return primitive(kind, bytes([-exponent]) + unscaled.to_bytes(size, "little", signed=True))


def container(head, ids, parts, big):
    inside = b"".join(parts)
    width, offsets, at = width_of(len(inside)), b"", 0
    for part in [b""] + parts:
        at += len(part)
        offsets += little(at, width)
    return bytes([head(width - 1)]) + little(len(parts), 4 if big else 1) + ids + offsets + inside


def encode(value, keys):
    if isinstance(value, Raw):
        return bytes(value)
    if value is None:
        return primitive(0)
    if isinstance(value, bool):
        return primitive(1 if value else 2)
    if isinstance(value, int):
        return whole(value)
    if isinstance(value, float):
        return primitive(7, struct.pack("<d", value))
    if isinstance(value, decimal.Decimal):
        return exact(value)
    if isinstance(value, datetime.datetime):
        us = (value.replace(tzinfo=None) - datetime.datetime(1970, 1, 1)) // datetime.timedelta(microseconds=1)
        return primitive(12 if value.tzinfo else 13, struct.pack("<q", us))
    if isinstance(value, datetime.date):
        return primitive(11, struct.pack("<i", (value - datetime.date(1970, 1, 1)).days))
    if isinstance(value, uuid.UUID):
        return primitive(20, value.bytes)
    if isinstance(value, bytes):
        return primitive(15, little(len(value), 4) + value)
    if isinstance(value, str):
        text = value.encode()
        if len(text) < 64:
            return bytes([1 | len(text) << 2]) + text
        return primitive(16, little(len(text), 4) + text)
    big = len(value) > 255
    if isinstance(value, list):
        parts = [encode(v, keys) for v in value]
        return container(lambda w: 3 | w << 2 | big << 4, b"", parts, big)
    members = sorted(value.items())
    width = width_of(len(keys))
    ids = b"".join(little(keys.index(k), width) for k, _ in members)
    return container(lambda w: 2 | w << 2 | (width - 1) << 4 | big << 6, ids, [encode(v, keys) for _, v in members], big)


def variant(value):
    """{'metadata', 'value'} of a Python value; None stays SQL's NULL, use Raw(b'\\0') for the variant null."""
    if value is None:
        return None
    keys = sorted(set(keys_of(value)))
    return {"metadata": metadata(keys), "value": encode(value, keys)}


VARIANT = pa.struct([("value", pa.binary()), ("metadata", pa.binary())])


def write_table(folder, fields, table, features=("variantType",), configuration=None):
    """A Delta table of one file; fields are (name, Delta type)."""
    folder = pathlib.Path(folder)
    (folder / "_delta_log").mkdir(parents=True)
    pq.write_table(table, folder / "part-0.parquet")
    schema = {"type": "struct", "fields": [{"name": n, "type": t, "nullable": True, "metadata": {}} for n, t in fields]}
    actions = [
        {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": list(features),
                      "writerFeatures": list(features)}},
        {"metaData": {"id": "5b1d7e9c-0000-4000-8000-000000000001", "format": {"provider": "parquet", "options": {}},
                      "schemaString": json.dumps(schema), "partitionColumns": [],
                      "configuration": configuration or {}, "createdTime": 1700000000000}},
        {"add": {"path": "part-0.parquet", "partitionValues": {}, "size": (folder / "part-0.parquet").stat().st_size,
                 "modificationTime": 1700000000000, "dataChange": True,
                 "stats": json.dumps({"numRecords": table.num_rows})}},
    ]
    (folder / "_delta_log" / f"{0:020}.json").write_text("\n".join(json.dumps(a) for a in actions) + "\n")
    return str(folder)
