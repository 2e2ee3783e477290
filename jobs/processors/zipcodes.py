"""Places ZIP codes on a grid of one degree: a JSON line in, a JSON line out, in the same order."""

import json
import math
import sys

# The first digit of a ZIP code is its region of delivery.
REGIONS = (
    "Northeast", "Mid-Atlantic East", "Mid-Atlantic South", "Southeast", "Great Lakes South",
    "Upper Midwest", "Central", "South Central", "Mountain", "Pacific",
)

# Independent countries whose mail the US Postal Service carries.
FREELY_ASSOCIATED = {"FM", "MH", "PW"}


def place(record):
    """The answer for one record."""
    if record["state"] in FREELY_ASSOCIATED:
        return {"filter": True}
    latitude, longitude = record["latitude"], record["longitude"]
    if latitude == 0 and longitude == 0:
        return {"skip": "lies at 0, 0, which is in the Atlantic"}
    return {
        "ok": {
            "zip_code": record["zip_code"],
            "region": REGIONS[int(record["zip_code"][0])],
            "city": record["city"],
            "county": record["county"],
            "state": record["state"],
            "latitude": round(latitude, 3),
            "longitude": round(longitude, 3),
            "cell": f"{math.floor(latitude)}:{math.floor(longitude)}",
        }
    }


def main():
    for line in sys.stdin:
        print(json.dumps(place(json.loads(line)), ensure_ascii=False))


if __name__ == "__main__":
    main()
