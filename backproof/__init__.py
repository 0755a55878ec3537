"""The command `backproof`: prove your backprop."""
