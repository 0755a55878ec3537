"""Too little memory, or a setting that torch does not take, which an import tells by a traceback of many lines."""

import resource
import traceback
from pathlib import PurePath

ENOUGH = "torch alone takes some 700 MB of it; where `ulimit -v` limits it, allow more"


def shortage(error: BaseException) -> str | None:
    """Return in one sentence that an error comes of too little memory; None where it comes of something else."""
    limited = resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
    unmapped = isinstance(error, ImportError) and "failed to map segment" in str(error)
    if isinstance(error, MemoryError) or unmapped or (isinstance(error, SystemError) and limited):
        reason = str(error).strip().rpartition("\n")[2]  # NumPy writes a page before it
        return f"there is not enough memory ({reason or type(error).__name__}); {ENOUGH}"
    return None


def not_imported(error: BaseException) -> str | None:
    """Return in one sentence that torch refuses to be imported, as for a wrong TORCH_LOGS; None for another error."""
    frames = traceback.extract_tb(error.__traceback__)
    importing = {PurePath(frame.filename).parts[-2:] for frame in frames if frame.name == "<module>"}
    if ("torch", "__init__.py") not in importing:
        return None
    return f"torch cannot be imported: {str(error).strip().partition(chr(10))[0] or type(error).__name__}"
