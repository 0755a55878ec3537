"""Too little memory, which what imports a library tells in many ways, with tracebacks all of them."""

import resource

ENOUGH = "torch alone takes some 700 MB of it; where `ulimit -v` limits it, allow more"


def shortage(error: BaseException) -> str | None:
    """Return in one sentence that an error comes of too little memory; None where it comes of something else."""
    limited = resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
    unmapped = isinstance(error, ImportError) and "failed to map segment" in str(error)
    if isinstance(error, MemoryError) or unmapped or (isinstance(error, SystemError) and limited):
        reason = str(error).strip().rpartition("\n")[2]  # NumPy writes a page before it
        return f"there is not enough memory ({reason or type(error).__name__}); {ENOUGH}"
    return None
