"""What exchange.c did, from its log: totals, the peak, what was left, temporaries, and what each
phase allocated. Where two threads' calls overlap in time, nobody can know which came first: then an
answer is a pair, the least and the most that it may be."""

import struct
from collections import defaultdict

ALLOCATE, FREE, RESIZE, MARK = range(4)
ENTRY = struct.Struct("<6Q")


class Block:
    """One block: who made it, as which of its blocks, and when it may have ended."""

    __slots__ = ("owner", "index", "bytes", "site", "born", "ended", "ended_by", "resized_from")

    def __init__(self, owner, index, size, site, born, resized_from=None):
        self.owner, self.index, self.bytes, self.site, self.born = owner, index, size, site, born
        self.ended = None
        self.ended_by = None
        self.resized_from = resized_from


class Answers:
    def __init__(self, path):
        self.threads = read_logs(path)
        self.blocks = {}
        self.marks = []
        ends = []
        for owner, log in enumerate(self.threads):
            made = 0
            for position, (before, after, number, old, size, what) in enumerate(log):
                kind, site = what & 255, what >> 8
                if kind in (ALLOCATE, RESIZE):
                    resized = old if kind == RESIZE else None
                    self.blocks[number] = Block(owner, made, size, site, (before, after), resized)
                    made += 1
                if kind == MARK:
                    self.marks.append((number, before, after))
                elif kind != ALLOCATE:
                    ended = number if kind == FREE else old
                    ends.append((ended, before, after, owner, position))
        for number, before, after, owner, position in ends:
            block = self.blocks[number]
            assert block.ended is None, "a block ends once"
            block.ended, block.ended_by = (before, after), (owner, position)
        self.allocations = len(self.blocks)
        self.frees = len(ends)
        self.bytes = sum(block.bytes for block in self.blocks.values())
        self.smallest = min(block.bytes for block in self.blocks.values())
        changes = [(log[0][0], 1, 1) for log in self.threads if log]
        changes += [(log[-1][1], 0, -1) for log in self.threads if log]
        self.threads_at_once = highest(changes)

    def left(self):
        """Blocks and bytes that were never freed, by site."""
        left = defaultdict(lambda: [0, 0])
        for block in self.blocks.values():
            if block.ended is None:
                left[block.site][0] += 1
                left[block.site][1] += block.bytes
        return {site: tuple(sums) for site, sums in left.items()}

    def peak(self, site=None):
        """The least and the most that the highest sum of live bytes can have been."""
        blocks = [b for b in self.blocks.values() if site is None or b.site == site]
        least, most = [], []
        for block in blocks:
            least.append((block.born[1], 1, block.bytes))
            most.append((block.born[0], 0, block.bytes))
            if block.ended is not None:
                least.append((block.ended[0], 0, -block.bytes))
                most.append((block.ended[1], 1, -block.bytes))
        if site is None:
            most += [change for block in blocks for change in self.overlap(block)]
        return highest(least), highest(most)

    def overlap(self, block):
        """A realloc's old block and its new one are never live together."""
        if block.resized_from is None:
            return []
        both = min(block.bytes, self.blocks[block.resized_from].bytes)
        return [(block.born[0], 0, -both), (block.born[1], 1, both)]

    def temporaries(self):
        """How many blocks ended before their thread made the next one."""
        made = defaultdict(dict)
        for block in self.blocks.values():
            made[block.owner][block.index] = block
        surely = perhaps = 0
        for block in self.blocks.values():
            if block.ended is None:
                continue
            following = made[block.owner].get(block.index + 1)
            ended_by_owner = block.ended_by[0] == block.owner
            if following is None or following.born[0] > block.ended[1]:
                surely += 1
            elif ended_by_owner:
                # Its own order is known: a realloc ends the old block before it makes the new one.
                surely += following.born[1] >= block.ended[1] and following.born[0] >= block.ended[0]
            elif following.born[1] >= block.ended[0]:
                perhaps += 1
        return surely, surely + perhaps

    def between(self, first, second):
        """Blocks and bytes allocated between two marks, by site: all stood still at both."""
        times = {number: (before, after) for number, before, after in self.marks}
        start = times[first][1]
        end = times[second][0]
        sums = defaultdict(lambda: [0, 0])
        for block in self.blocks.values():
            if start < block.born[0] and block.born[1] < end:
                sums[block.site][0] += 1
                sums[block.site][1] += block.bytes
        return {site: tuple(pair) for site, pair in sums.items()}


def read_logs(path):
    with open(path, "rb") as file:
        content = file.read()
    logs, at = [], 0
    while at < len(content):
        (count,) = struct.unpack_from("<Q", content, at)
        at += 8
        logs.append(list(ENTRY.iter_unpack(content[at : at + count * ENTRY.size])))
        at += count * ENTRY.size
    return logs


def highest(changes):
    """The highest sum of (time, rank, change), of one time by their ranks."""
    total = top = 0
    for _, _, change in sorted(changes):
        total += change
        top = max(top, total)
    return top
