"""The same as twice.ts, as a program that answers each line."""
import json
import sys

for line in sys.stdin:
    order = json.loads(line)
    amount = order["amount"]
    if not isinstance(amount, int):
        answer = {"skip": "amount is no number"}
    elif amount % 10 == 0:
        answer = {"filter": True}
    else:
        answer = {"ok": {"id": order["id"], "twice": amount * 2, "note": order["note"]}}
    print(json.dumps(answer), flush=True)
