"""Torch files handed to the checker: backward passes, small steps, notebooks."""
