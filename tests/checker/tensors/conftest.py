"""What a check of a torch file imports is imported here, once, and not in the process of every check."""

import torch.fx.experimental.symbolic_shapes  # noqa: F401

import backproof.checker.tensors.check
import backproof.checker.tensors.mend.script_repair
import backproof.checker.tensors.scripts  # noqa: F401
