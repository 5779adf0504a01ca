"""A file that is read, cut and joined."""

import json


def read():
    return json.dumps([{"id": number, "name": "item %d" % number} for number in range(20000)])


def parse(text):
    lines = text.replace("}, {", "},\n{").split("\n")
    body = text[1:-1]
    return lines, len(body), json.loads(text)


parse(read())
