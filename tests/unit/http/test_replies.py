"""What a client is told of a run that failed."""

from __future__ import annotations

import pytest

from motia.http.refusals import Refusal
from motia.http.replies import reply_of
from motia.model.delivery import Failure
from motia.model.invocation import Failed, FailureReason


@pytest.mark.parametrize("reason", ["conflict", "uncommitted"])
def test_a_commit_that_failed_is_said_to_have_changed_nothing(reason: FailureReason) -> None:
    with pytest.raises(Refusal) as refused:
        reply_of(Failed(Failure("StoreUnavailable", "data.db cannot grow: the disk is full"), reason))
    assert (refused.value.status, refused.value.headers) == (503, {"retry-after": "1"})
    assert "Nothing was changed" in refused.value.body["error"]
    assert "data.db" not in refused.value.body["error"]
