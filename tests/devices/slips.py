"""Slips that a person without a GPU may make: the CPU forgives them all."""

ENGINE = "backproof.training.torch_engine"
# Module, function, what is right, and what is written instead.
SLIPS: dict[str, tuple[str, str, str, str]] = {
    "data stay on the CPU": (
        ENGINE,
        "TorchEngine._rows",
        '"F"))).to(self.device)',
        '"F")))',
    ),
    "parameters stay on the CPU": (
        ENGINE,
        "TorchEngine._tensors",
        "torch.tensor(V, device=self.device)",
        "torch.tensor(V)",
    ),
    "columns stay on the CPU": (
        ENGINE,
        "TorchEngine._chosen",
        "chosen.pin_memory().to(self.device, non_blocking=True)",
        "chosen.pin_memory()",
    ),
    "columns are waited for": (ENGINE, "TorchEngine._chosen", ", non_blocking=True", ""),
    "columns come from pageable memory": (
        ENGINE,
        "TorchEngine._chosen",
        ".pin_memory()",
        "",
    ),
    "the velocity stays on the CPU": (
        ENGINE,
        "TorchEngine.load",
        "torch.tensor(kept, device=self.device)",
        "torch.tensor(kept)",
    ),
    "a new velocity on the CPU": (
        ENGINE,
        "TorchEngine.load",
        "torch.zeros_like(parameter)",
        "torch.zeros(parameter.shape, dtype=parameter.dtype)",
    ),
    "costs are not fetched": (ENGINE, "TorchEngine.read", ".cpu()", ""),
    "costs are fetched one by one": (
        ENGINE,
        "TorchEngine.read",
        "torch.stack(costs)",
        "torch.tensor([cost.item() for cost in costs])",
    ),
    "predictions are not fetched": (ENGINE, "TorchEngine.predict", ".cpu()", ""),
    "outputs are not fetched": (ENGINE, "TorchEngine.outputs", ".cpu()", ""),
    "arrays are not fetched": (ENGINE, "to_arrays", ".cpu()", ""),
    "a step reads its cost": ("torch_impl.descent", "backward", "J.detach()", "torch.as_tensor(J.detach().item())"),
    "the penalty stands on the CPU": (
        "torch_impl.models",
        "Network.square",
        "torch.stack([layer.weight.square().sum() for layer in linear_layers(self.linears)])",
        "torch.tensor([layer.weight.square().sum() for layer in linear_layers(self.linears)])",
    ),
    "the loop looks at every cost": (
        "backproof.training.loop",
        "_Loop.run",
        "if self.pending and (safe or len(self.pending) >= LONGEST_BLOCK):",
        "if self.pending:",
    ),
    "the update reads a slope": ("torch_impl.descent", "update", "p.grad is not None", "p.grad.isfinite().all()"),
    "a branch on a value": (
        "torch_impl.descent",
        "backward",
        "J.backward()",
        "J.backward() if J.detach() > -1 else None",
    ),
    "batches are ordered on the CPU": ("torch_impl.descent", "mini_batches", ", device=X.device", ""),
    "zero stands on the CPU": ("torch_impl.linearity", "collapse", ", device=W1.device", ""),
    "the examples of the span stay on the CPU": (
        "backproof.training.gram.torch_engine",
        "GramTorchEngine._made",
        "self._rows(self._examples)",
        "self._rows(self._examples).cpu()",
    ),
    "s is read in every step": (
        "torch_impl.gram",
        "SpanLinear.square",
        "self.Z, self.s,",
        "self.Z, self.s * (1 if self.s.item() else 0),",
    ),
    "the module stays on the CPU": (
        "torch_impl.models",
        "Network.from_parameters",
        '.to(parameters["W1"])',
        '.to(parameters["W1"].dtype)',
    ),
}
