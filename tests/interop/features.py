"""The kinds of tables: what a CREATE TABLE says, and the values that its rows have.

Every table has `id BIGINT` and `n INT` (ten times the id, so that a widened column has something to hold), then the
columns of its kind. Row i of a kind takes its i-th value, round and round; a kind has at least one NULL.
"""
import dataclasses
import datetime
import decimal

from values import canonical, literal

D = decimal.Decimal
UTC = datetime.timezone.utc


@dataclasses.dataclass
class Column:
    name: str
    type: str
    values: list
    clause: str = ""       # behind the type in CREATE TABLE
    written: bool = True   # False: the table computes it (generated, identity)

    def value(self, i):
        return self.values[i % len(self.values)]


@dataclasses.dataclass
class Feature:
    name: str
    columns: list = dataclasses.field(default_factory=list)
    layout: str = ""
    properties: dict = dataclasses.field(default_factory=dict)
    after: list = dataclasses.field(default_factory=list)  # statements behind CREATE, with {t}
    proof: dict = dataclasses.field(default_factory=dict)  # operation → text that must be in the log: the feature is used

    def all_columns(self):
        return [Column("id", "BIGINT", list(range(100))), Column("n", "INT", [i * 10 for i in range(100)]), *self.columns]

    def create(self, table):
        columns = ", ".join(f"`{c.name}` {c.type} {c.clause}".strip() for c in self.all_columns())
        properties = ", ".join(f"'{k}' = '{v}'" for k, v in self.properties.items())
        return f"CREATE TABLE {table} ({columns}) {self.layout}" + (f" TBLPROPERTIES ({properties})" if properties else "")

    @property
    def feed(self):
        return self.properties.get("delta.enableChangeDataFeed") == "true"


@dataclasses.dataclass
class Row:
    """What a row must be for every reader, and how SQL says it."""
    values: dict

    def sql(self, columns):
        return "(" + ", ".join(literal(self.values[c.name], c.type) for c in columns) + ")"

    def seen(self, names):
        return [canonical(self.values.get(name)) for name in names]


def row(feature, i):
    return Row({c.name: c.value(i) for c in feature.all_columns()})


def text(*values):
    return Column("v", "STRING", list(values))


WORDS = ["ash", "birch", None, "cedar", "", "elm", "fir"]
SPECIAL = ["a/b", "x y", None, "50%", "k=v", "ü:é", "q\"'", "a\\b", "#h?", "{c}[d]"]


def partitioned(kind, values):
    return Feature(f"partitioned by {kind}", [Column("v", kind, values), Column("w", "STRING", WORDS)], "PARTITIONED BY (v)")


def with_properties(name, proof=None, **properties):
    return Feature(name, [text(*WORDS)], properties={f"delta.{k}": str(v) for k, v in properties.items()}, proof=proof or {})


def instant(*args, zone=UTC):
    return datetime.datetime(*args, tzinfo=zone)


TIMES = [(2026, 3, 29, 2, 30, 0), (1969, 12, 31, 23, 59, 59, 999999), (2000, 1, 1), (1500, 2, 3, 4, 5, 6)]

MAPPED = {"create": "delta.columnMapping.physicalName"}
VECTORS = {"delete": '"deletionVector":{', "update": '"deletionVector":{', "merge": '"deletionVector":{'}
FEED = {"delete": '"cdc":{', "update": '"cdc":{', "merge": '"cdc":{'}
IDS = {"insert": '"baseRowId":', "update": '"baseRowId":', "optimize": '"baseRowId":', "deep clone": '"baseRowId":'}
STAMPS = {"insert": '"inCommitTimestamp":', "restore": '"inCommitTimestamp":', "add column": '"inCommitTimestamp":'}

ALL = {"delta.columnMapping.mode": "name", "delta.enableDeletionVectors": "true", "delta.enableChangeDataFeed": "true",
       "delta.enableRowTracking": "true", "delta.enableInCommitTimestamps": "true", "delta.checkpointPolicy": "v2"}

FEATURES = [
    Feature("plain", [text(*WORDS)]),
    Feature("every primitive type", [
        Column("v", "STRING", WORDS), Column("t", "BOOLEAN", [True, False, None]), Column("b", "TINYINT", [-128, 127, None]),
        Column("s", "SMALLINT", [-32768, None, 32767]), Column("l", "BIGINT", [2**63 - 1, -2**63 + 1, None]),
        Column("f", "FLOAT", [1.5, None, -0.25]), Column("d", "DOUBLE", [0.1, -1e300, None]),
        Column("x", "BINARY", [b"\x00\xff", b"", None]),
        Column("dt", "DATE", [datetime.date(2026, 1, 31), datetime.date(1500, 2, 3), None]),
        Column("ts", "TIMESTAMP", [instant(*t) for t in TIMES] + [None])]),
    Feature("decimals", [Column("v", "DECIMAL(5,2)", [D("1.20"), D("-999.99"), None]),
                         Column("e", "DECIMAL(18,9)", [D("123456789.123456789"), None]),
                         Column("g", "DECIMAL(38,10)", [D("-1234567890123456789012345678.0123456789"), D("0E-10"), None])]),
    Feature("timestampNtz", [Column("v", "TIMESTAMP_NTZ", [instant(*t, zone=None) for t in TIMES] + [None])]),
    Feature("nested types", [
        Column("v", "ARRAY<INT>", [[1, None, 3], [], None]), Column("m", "MAP<STRING,INT>", [{"a": 1, "b": None}, None]),
        Column("r", "STRUCT<a:INT,b:STRING>", [{"a": 1, "b": "x"}, {"a": None, "b": None}, None]),
        Column("z", "ARRAY<STRUCT<a:INT,b:STRING>>", [[{"a": 1, "b": "p"}, {"a": 2, "b": None}], None])]),
    Feature("variant", [Column("v", "VARIANT", ['{"a": 1}', "[1, 2]", None])]),
    partitioned("STRING", SPECIAL),
    partitioned("INT", [1, -7, None]),
    partitioned("BOOLEAN", [True, False, None]),
    partitioned("DECIMAL(10,2)", [D("1.50"), D("-0.01"), None]),
    partitioned("DOUBLE", [0.5, -2.25, None]),
    partitioned("DATE", [datetime.date(2026, 1, 31), datetime.date(1500, 2, 3), None]),
    partitioned("TIMESTAMP", [instant(*t) for t in TIMES] + [None]),
    partitioned("TIMESTAMP_NTZ", [instant(*t, zone=None) for t in TIMES] + [None]),
    partitioned("BINARY", [b"ab", b"z/", None]),
    Feature("partitioned by two", [text(*SPECIAL), Column("w", "DATE", [datetime.date(2026, 1, 1), None])],
            "PARTITIONED BY (w, v)"),
    Feature("special names", [text(*WORDS), Column("a b,;", "STRING", SPECIAL), Column("ü{}()=", "INT", [1, None])],
            "PARTITIONED BY (`a b,;`)", {"delta.columnMapping.mode": "name"}, proof=MAPPED),
    with_properties("column mapping: name", MAPPED, **{"columnMapping.mode": "name"}),
    with_properties("column mapping: id", MAPPED, **{"columnMapping.mode": "id"}),
    with_properties("deletion vectors", VECTORS, enableDeletionVectors="true"),
    with_properties("change feed", FEED, enableChangeDataFeed="true"),
    with_properties("change feed, deletion vectors", VECTORS, enableChangeDataFeed="true", enableDeletionVectors="true"),
    with_properties("type widening", {"widen column": "delta.typeChanges"}, enableTypeWidening="true"),
    with_properties("row tracking", IDS, enableRowTracking="true"),
    with_properties("in-commit timestamps", STAMPS, enableInCommitTimestamps="true"),
    with_properties("v2 checkpoint", {"checkpoint": "checkpointMetadata"}, checkpointPolicy="v2"),
    Feature("clustering", [text(*WORDS)], "CLUSTER BY (id, v)", proof={"create": "delta.clustering", "deep clone": "delta.clustering"}),
    Feature("generated column", [Column("v", "STRING", WORDS), Column("g", "BIGINT", [i * 2 for i in range(100)],
                                 "GENERATED ALWAYS AS (id * 2)", False)]),
    Feature("identity column", [text(*WORDS), Column("k", "BIGINT", [None], "GENERATED ALWAYS AS IDENTITY", False)]),
    Feature("default column", [text(*WORDS), Column("d", "INT", [42], "DEFAULT 42", False)],
            properties={"delta.feature.allowColumnDefaults": "supported"}),
    Feature("constraints", [text(*WORDS), Column("c", "INT", [1, 2], "NOT NULL")],
            after=["ALTER TABLE {t} ADD CONSTRAINT small CHECK (id < 1000)"]),
    with_properties("append-only", appendOnly="true"),
    Feature("all of them", [text(*SPECIAL), Column("a b", "INT", [1, None])], "CLUSTER BY (id)",
            {**ALL, "delta.enableTypeWidening": "true"}),
    Feature("all but widening", [text(*SPECIAL), Column("a b", "INT", [1, None])], "CLUSTER BY (id)", ALL),
]
