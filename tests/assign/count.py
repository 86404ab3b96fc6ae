"""The counts of `cargo xtask assign`, by SQL: DuckDB hashes the same million ids.

Takes the number of ids; prints a line of JSON for each count. It shares no code with the engine.
"""

import json
import sys

import duckdb

IDS = int(sys.argv[1])


def point(domain, salt):
    text = f"'{domain}' || chr(0) || '{salt}' || chr(0) || id"
    return f"(('0x' || substr(sha256({text}), 1, 16))::UBIGINT::HUGEINT * 10000) >> 64"


db = duckdb.connect()
db.execute("SET threads TO 2")
draws = {
    "world": ("holdout", "global-2027q1"),
    "letters": ("holdout", "email-2027q1"),
    "home": ("layer", "home"),
    "taken": ("traffic", "winter-hero"),
    "arm": ("variant", "winter-hero"),
}
columns = ", ".join(f"{point(*draw)} AS {name}" for name, draw in draws.items())
db.execute(f"CREATE TABLE points AS SELECT {columns} FROM (SELECT 'u-' || range AS id FROM range({IDS}))")
inside = "home >= 2000 AND home < 6000 AND taken < 5000 AND world >= 500 AND letters >= 1000"
counts = {
    "global holdout": "world < 500",
    "email holdout": "letters < 1000",
    "both holdouts": "world < 500 AND letters < 1000",
    "in the experiment": inside,
    "arm A": f"{inside} AND arm < 5000",
    "traffic 10 to 20 %": "taken >= 1000 AND taken < 2000",
    "traffic 20 to 50 %": "taken >= 2000 AND taken < 5000",
}
for name, where in counts.items():
    found = db.execute(f"SELECT count(*) FROM points WHERE {where}").fetchone()[0]
    print(json.dumps({"name": name, "count": found}))
