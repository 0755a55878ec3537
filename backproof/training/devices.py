"""Where torch runs, and in which precision."""

from backproof.errors import UserError


def prepare_device(device: str) -> str:
    """The device, `auto` resolved; on CUDA matrix products are in full precision, not TF32.

    Raises UserError for CUDA where there is none.
    """
    if device == "cpu":
        return device
    import torch

    if not torch.cuda.is_available():
        if device == "auto":
            return "cpu"
        raise UserError("--device cuda: torch finds no CUDA device on this machine; use --device cpu")
    torch.backends.cuda.matmul.fp32_precision = "ieee"
    return "cuda"


def describe(device: str) -> str:
    """The device for people: the name of a GPU, or `cpu`."""
    if device != "cuda":
        return device
    import torch

    return f"cuda: {torch.cuda.get_device_name()}"
