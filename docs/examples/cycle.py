"""Objects that refer to each other, in a program that has switched the collector off."""

import gc


class Session:
    def __init__(self, user):
        self.user = user
        self.handlers = [self.close]  # a bound method refers to its object

    def close(self):
        self.handlers.clear()


def visit(users):
    for user in range(users):
        Session("user %d" % user)  # nobody keeps it


gc.disable()
visit(5000)
