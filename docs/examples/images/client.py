"""Fetches a batch of pictures, four at a time, and makes a thumbnail of each.

usage: client.py [PICTURES]
"""

import asyncio
import io
import sys
from dataclasses import dataclass

import memtrace
from PIL import Image


@dataclass
class Result:
    name: str
    size: tuple
    thumbnail: bytes
    source: Image.Image


def picture(number):
    """What a server would send."""
    data = io.BytesIO()
    Image.new("RGB", (1024, 768), (number * 7 % 256, 99, 160)).save(data, "JPEG")
    return data.getvalue()


@memtrace.phase("fetch")
async def fetch(number):
    await asyncio.sleep(0.001)
    return picture(number)


@memtrace.phase("decode")
async def decode(data):
    image = Image.open(io.BytesIO(data))
    await asyncio.to_thread(image.load)
    return image


@memtrace.phase("shrink")
async def shrink(image):
    small = await asyncio.to_thread(image.resize, (128, 96))
    data = io.BytesIO()
    small.save(data, "JPEG")
    return data.getvalue()


async def process(number, limit):
    async with limit:
        image = await decode(await fetch(number))
        thumbnail = await shrink(image)
        return Result(f"picture-{number}.jpg", image.size, thumbnail, image)


@memtrace.phase("batch")
async def batch(count):
    limit = asyncio.Semaphore(4)
    return await asyncio.gather(*(process(number, limit) for number in range(count)))


def main():
    results = asyncio.run(batch(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
    print(len(results), "thumbnails of", sum(len(result.thumbnail) for result in results), "bytes")


if __name__ == "__main__":
    main()
