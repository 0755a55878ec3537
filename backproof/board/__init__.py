"""What TensorBoard shows of a run or of verifications, and when it is written.

Begin with the table in board.py.
"""
