"""A service that takes prices from several markets and answers with averages.

usage: service.py [TICKS]
"""

import asyncio
import random
import sys
from collections import defaultdict, deque

import memtrace

SYMBOLS = [f"S{number:02}" for number in range(20)]


class Book:
    """The last prices of a symbol, with what came along with each."""

    def __init__(self):
        self.ticks = deque()

    def add(self, price, message):
        self.ticks.append((price, message))

    def average(self):
        recent = [price for price, _ in list(self.ticks)[-100:]]
        return sum(recent) / len(recent)


class Service:
    def __init__(self):
        self.books = defaultdict(Book)
        self.queue = asyncio.Queue(100)

    async def receive(self, ticks, seed):
        source = random.Random(seed)
        for number in range(ticks):
            message = source.randbytes(3000)  # as the market sends it
            await self.queue.put((source.choice(SYMBOLS), 100 + source.random(), message))
            if number % 50 == 0:
                await asyncio.sleep(0)

    async def answer(self):
        while True:
            symbol, price, message = await self.queue.get()
            book = self.books[symbol]
            book.add(price, message)
            book.average()
            self.queue.task_done()


@memtrace.phase("trading")
async def trade(ticks):
    service = Service()
    answering = asyncio.create_task(service.answer())
    await asyncio.gather(*(service.receive(ticks // 4, seed) for seed in range(4)))
    await service.queue.join()
    answering.cancel()
    return service


if __name__ == "__main__":
    service = asyncio.run(trade(int(sys.argv[1]) if len(sys.argv) > 1 else 40_000))
    print(sum(len(book.ticks) for book in service.books.values()), "prices kept")
