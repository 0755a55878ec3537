"""Options, engines, the loop, checkpoints and run folders: what trains a network and writes the run.

Begin with session.py, which opens a run, and loop.py, which trains it.
"""
