"""Repeats the shuffle of a sale: python3 verify_draw.py FILE [ENTRYID]. FILE holds the answer of GET /api/sales/ID/draw.
Prints the entries in the order of their places, or the place of one. docs/waiting-room.md specifies each step."""
import hashlib
import json
import sys


def words(key):
    counter = 0
    while True:
        block = hashlib.sha256(key + counter.to_bytes(8, "big")).digest()
        yield from (int.from_bytes(block[i:i + 4], "big") for i in range(0, 32, 4))
        counter += 1


def shuffle(key, count):
    order, source = list(range(count)), words(key)
    for last in range(count - 1, 0, -1):
        fair = 2**32 - 2**32 % (last + 1)
        other = next(word for word in source if word < fair) % (last + 1)
        order[last], order[other] = order[other], order[last]
    return order


draw = json.load(open(sys.argv[1], encoding="utf-8"))
assert hashlib.sha256(draw["seed"].encode()).hexdigest() == draw["seedHash"], "another seed was promised"
for lane, found in draw["lanes"].items():
    entries = [found["entries"][i:i + 12] for i in range(0, len(found["entries"]), 12)]
    key = hashlib.sha256((draw["seed"] + lane + found["entries"]).encode())
    assert not entries or "." * 12 in entries or key.hexdigest() == found["key"], "another key was used"
    for place, index in enumerate(shuffle(bytes.fromhex(found["key"]), len(entries)), 1):
        if sys.argv[2:] in ([], [entries[index]]):
            print(lane, place, entries[index], "drawn" if place <= found["served"] else "waits")
