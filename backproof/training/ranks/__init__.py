"""Training in several processes, which torchrun starts: who belongs to it, what each computes, who writes.

Begin with group.py, by which the processes find each other and fail together, and engine.py, which trains a part in
each.
"""
