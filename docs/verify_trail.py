#!/usr/bin/env python3
"""Verify a demand's public evidence trail offline. Needs Python 3 and nothing else.

    python3 verify_trail.py AB-2026-00042-trail.json
    python3 verify_trail.py AB-2026-00042-trail.json --head 3f9a0c…

--head is the check value noted down from the demand's page, now or long ago; its first 12 characters are enough.
Ends with 0 when the trail is whole, 1 when it is not, 2 when the file is no trail. What this proves: docs/trail.md.
"""

import argparse
import hashlib
import json
import sys

FORMAT = "demand-trail-1"


class Broken(Exception):
    pass


def verify(trail: dict, head: str = "") -> str:
    """What can be said of the trail. Raises `Broken` at the first entry that does not fit."""
    if trail["format"] != FORMAT:
        raise ValueError(f"its format is not {FORMAT}")
    if not trail["entries"]:
        raise Broken("there is no entry at all.")
    previous, hashes = "", []
    for number, entry in enumerate(trail["entries"], 1):
        place = f"entry {number}"
        body = json.loads(entry["payload"])
        if entry["number"] != number or body["number"] != number:
            raise Broken(f"{place}: its number is {body['number']}; an entry was removed, added or moved.")
        if body["ref"] != trail["ref"]:
            raise Broken(f"{place}: it belongs to {body['ref']}, not to {trail['ref']}.")
        if entry["previous"] != previous:
            raise Broken(f"{place}: it does not continue the entry before it.")
        found = hashlib.sha256(f"{previous}\n{entry['payload']}".encode()).hexdigest()
        if entry["hash"] != found:
            raise Broken(f"{place}: its content was changed; its hash should be {found}.")
        previous = found
        hashes.append(found)
    if trail["head"] != previous:
        raise Broken("the file's head is not the last entry's hash: entries at the end are missing, or were added.")
    count = f"{len(hashes)} entries of {trail['ref']} fit together"
    if not head:
        return f"{count}. Head: {previous}\nCompare it with the one on the demand's page, or one you noted earlier."
    known = [number for number, found in enumerate(hashes, 1) if found.startswith(head)]
    if not known:
        raise Broken("the head you gave is in none of the entries: this trail was cut short, or written anew.")
    later = len(hashes) - known[-1]
    return f"{count}. Your head is entry {known[-1]}: nothing up to there was changed; {later} entries came later."


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--head", default="", help="the check value you noted down: at least 12 characters of it")
    given = parser.parse_args()
    head = given.head.strip().lower().rstrip(".…")
    if given.head and (len(head) < 12 or set(head) - set("0123456789abcdef")):
        print("NOT VERIFIED: --head takes at least 12 of the digits 0-9 and a-f.")
        return 2
    try:
        with open(given.file, encoding="utf-8-sig") as file:
            trail = json.load(file)
        said = verify(trail, head)
    except Broken as broken:
        print(f"BROKEN: {broken}")
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        print(f"NOT VERIFIED: {given.file} is no trail that this script can read ({type(error).__name__}: {error}).")
        return 2
    print(f"OK: {said}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
