"""A small program with what people ask a Python memory profiler about: objects that are kept, a
cache that grows, parsed JSON that lives shortly, one tall peak, a thread, and memory that is mapped.
docs/Compared.md shows it to several profilers."""

import json
import mmap
import threading
import time


class Order:
    def __init__(self, number):
        self.number = number
        self.lines = [f"line {number}.{i}" for i in range(8)]


history = {}


def load(count):
    return [Order(number) for number in range(count)]


def answer(order, request):
    text = json.dumps({"number": order.number, "lines": order.lines * 20})
    history[request] = text[:600]
    return json.loads(text)


def serve(orders, requests, name):
    for request in range(requests):
        answer(orders[request % len(orders)], (name, request))
        time.sleep(0.002)


def sort_all():
    scratch = bytearray(24 << 20)
    time.sleep(0.1)
    return len(scratch)


def map_memory():
    pool = mmap.mmap(-1, 32 << 20)
    for page in range(0, 8 << 20, 4096):
        pool[page] = 1
    return pool


def main():
    orders = load(10000)
    pool = map_memory()
    other = threading.Thread(target=serve, args=(orders, 400, "other"), name="other")
    other.start()
    serve(orders, 200, "main")
    sort_all()
    serve(orders, 300, "main again")
    other.join()
    pool.close()


main()
