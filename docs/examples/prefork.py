"""A server that loads its data and then forks two workers."""

import os


def load():
    return {number: str(number) * 3 for number in range(20000)}


def work(data, count):
    return [data[number].encode() for number in range(count)]


data = load()
workers = []
for count in (2000, 9000):
    process = os.fork()
    if process == 0:
        kept = work(data, count)
        os._exit(0)
    workers.append(process)
for process in workers:
    os.waitpid(process, 0)
