"""What both implementations may know of each other: names, shapes and ranges of quantities, and the argument check.

It holds no formula. Begin with `language`, the shape language of a declaration.
"""
