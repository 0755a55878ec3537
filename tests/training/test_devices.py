"""Where torch runs."""

import pytest

from backproof.errors import UserError
from backproof.training.devices import prepare_device


def test_cuda_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(UserError, match="torch finds no CUDA device on this machine; use --device cpu"):
        prepare_device("cuda")
