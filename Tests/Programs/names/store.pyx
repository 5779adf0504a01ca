cdef class Shelf:
    cdef list rows

    def __init__(self):
        self.rows = []

    def add(self, n):
        self.rows.append(bytearray(n))

    cdef keep_all(self, n):
        self.rows.append(bytearray(n))

    def run_now(self):
        self.keep_all(70000)


def load_all(n):
    return [bytearray(n) for _ in range(10)]
