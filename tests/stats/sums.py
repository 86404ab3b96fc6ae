"""The sums of `selvedge analyze --sql`, by DuckDB over the lines of a log.

Takes a folder of logs (.ndjson.gz) and the query on standard input; prints a line of JSON for each study, goal and arm. It shares no code with the engine.
"""

import json
import sys

import duckdb

db = duckdb.connect()
db.execute("SET threads TO 2")
columns = {
    "kind": "VARCHAR", "at": "VARCHAR", "key": "INTEGER", "epoch": "INTEGER", "id": "VARCHAR", "slot": "VARCHAR", "content": "VARCHAR",
    "experience": "VARCHAR", "experiment": "VARCHAR", "arm": "VARCHAR", "unit": "VARCHAR", "holdout": "VARCHAR", "would": "VARCHAR",
    "name": "VARCHAR", "event_id": "VARCHAR", "detail": "JSON",
}
db.execute(f"""
    CREATE TABLE lines AS SELECT *, date_diff('day', DATE '1970-01-01', "at"::DATE) AS on_day, concat_ws(' ', key, epoch, id) AS unit_id
    FROM read_json('{sys.argv[1]}/*.gz', format = 'newline_delimited', columns = {json.dumps(columns).replace('"', "'")})
""")
db.execute("CREATE VIEW shown AS SELECT * FROM lines WHERE kind = 'exposure' AND id IS NOT NULL")
db.execute("""
    CREATE VIEW events AS SELECT on_day, unit_id, event_id, name,
        (detail ->> 'value_cents')::BIGINT AS detail_value_cents, detail ->> 'currency' AS detail_currency
    FROM lines WHERE kind = 'event' AND id IS NOT NULL
""")
for study, goal, arm, units, *sums in db.execute(sys.stdin.read()).fetchall():
    print(json.dumps({"study": study, "goal": goal, "arm": arm, "units": units, "sums": [int(value) for value in sums]}))
