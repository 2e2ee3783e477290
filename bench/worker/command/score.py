"""The usual program: a record in, some arithmetic, an answer out."""

import json
import sys

for line in sys.stdin:
    flight = json.loads(line)
    if flight["origin"] == flight["destination"]:
        answer = {"filter": True}
    else:
        answer = {
            "ok": {
                "date": flight["date"],
                "route": flight["origin"] + "-" + flight["destination"],
                "distance_km": round(int(flight["distance"]) * 1.609344),
                "delay": flight["delay"],
                "late": int(flight["delay"]) > 15,
            }
        }
    sys.stdout.write(json.dumps(answer) + "\n")
