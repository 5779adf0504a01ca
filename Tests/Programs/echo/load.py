"""Talks to the echo server on PORT from eight connections, checks its answers, ends it."""
import socket
import sys
import threading

port, requests = int(sys.argv[1]), int(sys.argv[2])
wrong = []


def receive(connection, count):
    answer = b""
    while len(answer) < count:
        part = connection.recv(65536)
        if not part:
            break
        answer += part
    return answer


def talk(number):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for i in range(requests):
            request = b"%d.%d " % (number, i) + b"x" * (i % 500)
            connection.sendall(request)
            if receive(connection, len(request) + 10) != b"you said: " + request:
                wrong.append(number)
                return


threads = [threading.Thread(target=talk, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with socket.create_connection(("127.0.0.1", port)) as connection:
    connection.sendall(b"quit")
    connection.recv(1)
sys.exit(bool(wrong))
