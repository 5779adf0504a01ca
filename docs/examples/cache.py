"""A server whose cache has no limit."""

import time

answers = {}


def answer(request):
    if request not in answers:
        answers[request] = [str(request * number) for number in range(10)]
    return answers[request]


def serve(requests):
    for request in range(requests):
        answer(request % 40000)
        if request % 1000 == 0:
            time.sleep(0.01)


serve(30000)
