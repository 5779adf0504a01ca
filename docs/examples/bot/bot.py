"""A chat bot: answers messages from several chats, with a cache, a background task and SQLite.

usage: bot.py [CHATS]
"""

import asyncio
import sqlite3
import sys

SCHEMA = """
create table if not exists message(chat integer, text text);
create index if not exists by_chat on message(chat);
"""


class Bot:
    def __init__(self, path):
        self.path = path
        self.stores = {}
        self.cache = {}
        with sqlite3.connect(path) as store:
            store.executescript(SCHEMA)
        store.close()

    def store(self, chat):
        """Connections are dear: each chat has one that stays open."""
        if chat not in self.stores:
            self.stores[chat] = sqlite3.connect(self.path)
            self.stores[chat].execute("pragma synchronous = off")
        return self.stores[chat]

    async def answer(self, chat, text):
        key = text.lower()
        if key not in self.cache:
            await asyncio.sleep(0)
            self.cache[key] = f"You said: {text}"
            while len(self.cache) > 100:
                self.cache.pop(next(iter(self.cache)))
        store = self.store(chat)
        store.execute("insert into message values(?, ?)", (chat, text))
        (count,) = store.execute("select count(*) from message where chat = ?", (chat,)).fetchone()
        store.commit()
        return f"{self.cache[key]} ({count})"

    async def tidy(self):
        """Runs beside the chats, and drops what nobody has asked for lately."""
        while True:
            await asyncio.sleep(0.02)
            for key in list(self.cache)[:-50]:
                del self.cache[key]


async def serve(path, chats):
    bot = Bot(path)
    tidying = asyncio.create_task(bot.tidy())
    answers = 0
    for chat in range(chats):
        for text in ("Hello", f"I am number {chat}", "How are you?"):
            answers += len(await bot.answer(chat, text)) > 0
    tidying.cancel()
    return answers


if __name__ == "__main__":
    print(asyncio.run(serve("messages.db", int(sys.argv[1]) if len(sys.argv) > 1 else 200)), "answers")
