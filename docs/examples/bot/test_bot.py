import asyncio

import bot
import pytest


@pytest.mark.limit_memory("4 MB")
def test_a_hundred_chats(tmp_path):
    assert asyncio.run(bot.serve(tmp_path / "messages.db", 100)) == 300
