import asyncio

import client
import pytest


@pytest.mark.limit_leaks("1 MB")
@pytest.mark.limit_memory("16 MB")
def test_a_batch_keeps_only_thumbnails():
    results = asyncio.run(client.batch(20))
    assert len(results) == 20
