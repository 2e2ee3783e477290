"""The usual way in Python, `usual-jsonl.py <csv> <jsonl>`: csv.DictReader, the same logic, json.dumps."""

import csv
import json
import math
import resource
import sys
import time

KM_PER_MILE = 1.609344
LATE_MINUTES = 15


def cleaned(flight):
    distance = int(flight["distance"])
    delay = int(flight["delay"])
    if distance < 1 or flight["origin"] == flight["destination"]:
        return None
    return {
        "date": flight["date"],
        "route": f"{flight['origin']}-{flight['destination']}",
        "distance_km": math.floor(distance * KM_PER_MILE),
        "delay": delay,
        "late": delay > LATE_MINUTES,
        "origin": flight["origin"],
        "destination": flight["destination"],
    }


def main(source, target):
    begun, cpu = time.perf_counter(), time.process_time()
    encode = json.JSONEncoder(separators=(",", ":")).encode
    with open(source, newline="", encoding="utf-8") as flights, open(target, "w", encoding="utf-8") as lines:
        for flight in csv.DictReader(flights):
            row = cleaned(flight)
            if row is not None:
                lines.write(encode(row) + "\n")
    spent = {"seconds": time.perf_counter() - begun, "cpuSeconds": time.process_time() - cpu}
    print(json.dumps({**spent, "peakRssBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


main(sys.argv[1], sys.argv[2])
