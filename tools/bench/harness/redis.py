"""Drives a redis server with redis-benchmark: a few commands over a socket in the run's folder."""

import re
import time
from dataclasses import dataclass
from pathlib import Path

from .process import RunFailed, run_client

SOCKET = "redis.sock"
START_LIMIT_SECONDS = 30
COMMANDS = "set,get,lpush,lrange_100,hset,sadd,zadd"


@dataclass
class RedisClient:
    """Waits for the server, loads it, and ends it."""

    requests: int

    def server_argv(self) -> list:
        """A server that writes nothing to disk and listens on a socket in its own folder."""
        return [
            "redis-server",
            "--port",
            "0",
            "--unixsocket",
            SOCKET,
            "--save",
            "",
            "--appendonly",
            "no",
            "--daemonize",
            "no",
        ]

    def __call__(self, folder: Path) -> float:
        self._wait_for_server(folder)
        output, benchmark_seconds = run_client(
            [
                "redis-benchmark",
                "-s",
                SOCKET,
                "-t",
                COMMANDS,
                "-n",
                self.requests,
                "-c",
                20,
                "-P",
                16,
                "-r",
                20_000,
                "-d",
                64,
                "--csv",
            ],
            folder=folder,
        )
        (folder / "throughput").write_text(f"throughput {self._mean_rate(output):.0f} per second\n")
        _, end_seconds = run_client(
            ["redis-cli", "-s", SOCKET, "shutdown", "nosave"], folder=folder
        )
        return benchmark_seconds + end_seconds

    def _wait_for_server(self, folder: Path) -> None:
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while not (folder / SOCKET).exists():
            if time.monotonic() > deadline:
                raise RunFailed("redis-server does not listen")
            time.sleep(0.002)

    @staticmethod
    def _mean_rate(output: str) -> float:
        """Requests per second over all commands, each of which ran the same number of requests."""
        rates = [float(rate) for rate in re.findall(r'^"[^"]+","([0-9.]+)"', output, re.MULTILINE)]
        if not rates:
            raise RunFailed(f"redis-benchmark printed no rates: {output[-300:]}")
        return len(rates) / sum(1 / rate for rate in rates)
