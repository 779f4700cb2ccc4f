"""One form for a value, whoever read it: leaves as text, so that readers with different types can be compared."""
import base64
import datetime
import decimal
import json


def canonical(value):
    """A Python value of any reader."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return value.isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(bytes(value)).decode()
    if hasattr(value, "toJson"):  # Spark's variant
        return json.dumps(json.loads(value.toJson()), sort_keys=True)
    if hasattr(value, "asDict"):  # Spark's struct, a tuple too
        value = value.asDict()
    if isinstance(value, dict):
        return {str(canonical(k)): canonical(v) for k, v in sorted(value.items(), key=lambda kv: str(kv[0]))}
    if isinstance(value, (list, tuple)):
        if value and all(type(p) is tuple and len(p) == 2 for p in value):  # Arrow's map
            return canonical(dict(value))
        return [canonical(v) for v in value]
    return str(value)


def from_text(text, type_text):
    """A value as the SQL Statement API writes it."""
    if text is None:
        return None
    kind = type_text.split("(")[0].split("<")[0].upper()
    if kind in ("FLOAT", "DOUBLE"):
        return canonical(float(text))
    if kind in ("TIMESTAMP", "TIMESTAMP_NTZ"):
        return datetime.datetime.fromisoformat(text.rstrip("Z")).isoformat()
    if kind in ("ARRAY", "MAP", "STRUCT"):
        return canonical(json.loads(text))
    if kind == "VARIANT":
        return json.dumps(json.loads(text), sort_keys=True)
    return text


def literal(value, type_text):
    """A Python value as SQL of a type."""
    kind = type_text.split("(")[0].split("<")[0].upper()
    if value is None:
        return f"CAST(NULL AS {type_text})"
    if kind == "STRING":
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if kind == "BINARY":
        return f"X'{value.hex()}'"
    if kind == "VARIANT":
        return f"parse_json('{value}')"
    if kind in ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ"):
        return f"CAST('{canonical(value)}{'Z' if kind == 'TIMESTAMP' else ''}' AS {type_text})"
    if kind == "ARRAY":
        inner = type_text[6:-1]
        return f"array({', '.join(literal(v, inner) for v in value)})"
    if kind == "MAP":
        key, inner = type_text[4:-1].split(",", 1)
        pairs = ", ".join(f"{literal(k, key)}, {literal(v, inner.strip())}" for k, v in value.items())
        return f"map({pairs})"
    if kind == "STRUCT":
        fields = [f.split(":") for f in type_text[7:-1].split(",")]
        pairs = ", ".join(f"'{name.strip()}', {literal(value[name.strip()], of)}" for name, of in fields)
        return f"named_struct({pairs})"
    return f"CAST({canonical(value)} AS {type_text})"


def sort_key(row):
    return json.dumps(row, sort_keys=True, default=str)


def table_of(names, rows):
    """Rows as sorted tuples in the order of the sorted names; what two readers must agree on."""
    order = sorted(range(len(names)), key=lambda i: names[i])
    return [names[i] for i in order], sorted([[row[i] for i in order] for row in rows], key=sort_key)
